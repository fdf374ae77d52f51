import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { providePostgres } from '../../stack/postgres.js';
import { provideTemporal } from '../../stack/temporal.js';
import { waitUntil } from '../../stack/wait-until.js';
import { aFolder, removedAfterwards, silent, timeout, untilAllGone } from './fixtures/scene.js';

interface Up {
  pids: number[];
  url: string;
  address: string;
}

describe('A process that is killed', { timeout }, () => {
  test('leaves no server behind, nor the data of a throw-away stack', async () => {
    const dataDir = join(aFolder(), 'throw-away');
    mkdirSync(dataDir);
    const { process: starter, up } = await bothServers(dataDir, ['throw-away']);

    starter.kill('SIGKILL');

    await untilAllGone(up.pids);
    const isRemoved = (): Promise<true | undefined> => Promise.resolve(existsSync(dataDir) ? undefined : true);
    await waitUntil(isRemoved, { withinMs: 5_000, what: 'for the data to be removed' });
  });

  test('can be followed at once by another, which finds all data', async () => {
    const dataDir = aFolder();
    const { process: starter, up } = await bothServers(dataDir);
    await query(up.url, 'create table kept (word text)');

    starter.kill('SIGKILL');
    await once(starter, 'exit');
    const postgres = removedAfterwards(await providePostgres({ dataDir: join(dataDir, 'pg'), say: silent }));
    const temporal = removedAfterwards(await provideTemporal({ dataDir, namespace: 'taskloom', say: silent }));

    expect(up.pids).not.toContain(postgres.pid);
    expect(up.pids).not.toContain(temporal.pid);
    await expect(query(postgres.url, 'table kept')).resolves.toBeDefined();
    await untilAllGone(up.pids);
  });
});

async function bothServers(dataDir: string, more: string[] = []): Promise<{ process: ChildProcess; up: Up }> {
  const script = fileURLToPath(new URL('fixtures/both-servers.ts', import.meta.url));
  const starter = fork(script, [dataDir, ...more], { execArgv: ['--import', 'tsx'] });
  onTestFinished(() => {
    starter.kill('SIGKILL');
  });
  const [up] = (await once(starter, 'message')) as [Up];
  return { process: starter, up };
}

async function query(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}
