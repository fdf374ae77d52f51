import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bringUp } from '../../stack/stack.js';
import type { Stack, StackOptions } from '../../stack/stack.js';
import { isAlive } from '../../stack/running-process.js';
import { aFolder, silent, timeout } from './fixtures/scene.js';

const answering = 'test/stack/fixtures/answering.ts';

describe('The stack', { timeout }, () => {
  test('comes up in order, tells its parts where the others are, and leaves nothing when thrown away', async () => {
    const lines: string[] = [];
    const stack = await aStack({ workers: 2, say: (line) => lines.push(line) });
    const { postgres, temporal, workers, apis } = stack;
    const pids = [postgres, temporal, ...workers, ...apis].map((part) => part.pid ?? 0);
    expect(await (await fetch(stack.apiUrl)).json()).toMatchObject({
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: 'taskloom',
    });

    await stack.stop();
    await stack.stop();

    expect(lines.map((line) => line.slice(0, 8)).sort()).toEqual([
      'API     ',
      'Postgres',
      'Temporal',
      'Worker 1',
      'Worker 2',
    ]);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(stack.dataDir)).toBe(false);
  });

  test('stops what it started when a part cannot be had', async () => {
    const lines: string[] = [];
    const entries = { worker: answering, api: 'test/stack/fixtures/failing.ts' };

    await expect(aStack({ entries, say: (line) => lines.push(line) })).rejects.toThrow('API did not start');

    const port = Number(/^Postgres .*:(\d+) /m.exec(lines.join('\n'))?.[1]);
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed');
  });

  test('refuses to go on when one of its two stores was deleted, and starts afresh when both were', async () => {
    const dataDir = aFolder();
    const first = await aStack({ dataDir });
    await first.stop();

    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, `temporal.db${suffix}`), { force: true });
    await expect(aStack({ dataDir })).rejects.toThrow(
      /Temporal: .*temporal\.db is not the store.*remove .* to start empty/s,
    );

    await first.postgres.destroy();
    await (await aStack({ dataDir })).postgres.destroy();
  });
});

async function aStack(options: Partial<StackOptions>): Promise<Stack> {
  const entries = { worker: answering, api: answering };
  const stack = await bringUp({ namespace: 'taskloom', operatorKey: 'key', entries, say: silent, ...options });
  onTestFinished(stack.stop);
  return stack;
}
