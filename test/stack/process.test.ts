import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startProcess } from '../../stack/process.js';
import { waitUntil } from '../../stack/wait-until.js';
import { aFolder, removedAfterwards, timeout } from './fixtures/scene.js';

const answering = 'test/stack/fixtures/answering.ts';

describe('A process of ours', { timeout }, () => {
  test('is ready when it says so, and comes back after a kill', async () => {
    const deaths: string[] = [];
    const logFile = join(aFolder(), 'api.log');
    const api = removedAfterwards(
      await startProcess({ entry: answering, name: 'API', env: {}, logFile, onExit: (how) => deaths.push(how) }),
    );
    const first = api.pid;
    expect((await fetch(api.url ?? '')).status).toBe(200);

    await api.kill('SIGKILL');
    await waitUntil(() => Promise.resolve(deaths[0]), { withinMs: 1_000, what: 'for the death to be told' });
    await api.restart();

    expect(deaths).toEqual(['was ended by SIGKILL']);
    expect(api.pid).not.toBe(first);
    expect((await fetch(api.url ?? '')).status).toBe(200);
  });

  test('that fails to start is an error with its last words', async () => {
    const logFile = join(aFolder(), 'api.log');
    const entry = 'test/stack/fixtures/failing.ts';

    const attempt = startProcess({ entry, name: 'API', env: {}, logFile });

    await expect(attempt).rejects.toThrow(/API did not start: it ended with exit code 3\n.*no way to go on/s);
    expect(readFileSync(logFile, 'utf8')).toContain('no way to go on');
  });

  test('that is stopped is not reported as a death', async () => {
    const deaths: string[] = [];
    const logFile = join(aFolder(), 'api.log');
    const api = await startProcess({
      entry: answering,
      name: 'API',
      env: {},
      logFile,
      onExit: (how) => deaths.push(how),
    });

    await api.restart();
    await api.stop();
    await api.stop();

    expect(deaths).toEqual([]);
  });
});
