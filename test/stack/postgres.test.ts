import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { providePostgres } from '../../stack/postgres.js';
import { aFolder, removedAfterwards, silent, timeout, untilAllGone } from './fixtures/scene.js';

describe('Postgres', { timeout }, () => {
  test('starts on a new folder, and keeps data and port when it is stopped and started again', async () => {
    const dataDir = join(aFolder(), 'pg');
    const postgres = removedAfterwards(await providePostgres({ dataDir, say: silent }));
    const { url } = postgres;
    await query(url, 'create table kept (word text)');
    await query(url, "insert into kept values ('still here')");

    await postgres.stop();
    await expect(query(url, 'select 1')).rejects.toThrow();
    await postgres.restart();

    expect(postgres.url).toBe(url);
    expect(await query(url, 'select word from kept')).toEqual([{ word: 'still here' }]);
  });

  test('recovers from kill -9 with everything committed', async () => {
    const postgres = removedAfterwards(await providePostgres({ dataDir: join(aFolder(), 'pg'), say: silent }));
    await query(postgres.url, 'create table kept as select generate_series(1, 1000) as n');

    await postgres.kill('SIGKILL');
    await postgres.restart();

    expect(await query(postgres.url, 'select count(*)::int from kept')).toEqual([{ count: 1000 }]);
  });

  // As after a kill -9 that took the guard too, which for a moment still looks alive.
  test.each([
    ['already serves its data, instead of starting a second one', 'before'],
    ['loses its guard only while it looks', 'meanwhile'],
  ])('adopts a server that %s', async (_, killed) => {
    const dataDir = join(aFolder(), 'pg');
    const first = removedAfterwards(await providePostgres({ dataDir, say: silent }));
    const left = first.pid ?? 0;
    const guard = parentPid(left);
    if (killed === 'before') {
      process.kill(guard, 'SIGKILL');
      await untilAllGone([guard]);
    }

    const adopting = providePostgres({ dataDir, say: silent });
    if (killed === 'meanwhile') process.kill(guard, 'SIGKILL');
    const second = await adopting;
    expect(second.pid).toBe(left);
    expect(second.url).toBe(first.url);

    await second.stop();
    await untilAllGone([left]);
  });

  test('is not misled by a lock file that names a process which is no Postgres', async () => {
    const dataDir = join(aFolder(), 'pg');
    const postgres = removedAfterwards(await providePostgres({ dataDir, say: silent }));
    await postgres.stop();
    writeFileSync(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n`);

    await postgres.restart();

    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('moves to the next port when the wanted one is taken', async () => {
    const first = removedAfterwards(
      await providePostgres({ dataDir: join(aFolder(), 'pg'), durable: false, say: silent }),
    );
    const taken = Number(new URL(first.url).port);

    const second = removedAfterwards(
      await providePostgres({ dataDir: join(aFolder(), 'pg'), port: taken, durable: false, say: silent }),
    );

    expect(Number(new URL(second.url).port)).toBeGreaterThan(taken);
  });

  test('asks for a password that only the user can read, and listens on loopback alone', async () => {
    const dataDir = join(aFolder(), 'pg');
    const postgres = removedAfterwards(await providePostgres({ dataDir, durable: false, say: silent }));
    const withoutPassword = postgres.url.replace(/:[^:@]*@/, ':wrong@');

    await expect(query(withoutPassword, 'select 1')).rejects.toThrow('password authentication failed');
    expect(statSync(`${dataDir}.password`).mode & 0o777).toBe(0o600);
    expect(await query(postgres.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(postgres.url, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
  });

  test('says what to do when DATABASE_URL names a server that is not there, without telling its password', async () => {
    const databaseUrl = 'postgres://me:secret@127.0.0.1:1/nothing';

    const attempt = providePostgres({ dataDir: join(aFolder(), 'pg'), databaseUrl, say: silent });

    await expect(attempt).rejects.toThrow(/DATABASE_URL names 127\.0\.0\.1:1\/nothing.*unset DATABASE_URL/s);
    await expect(attempt).rejects.not.toThrow(/secret/);
  });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows;
  } finally {
    await client.end();
  }
}

function parentPid(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
