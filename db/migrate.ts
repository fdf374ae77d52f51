// Brings the schema up to date; safe to run from many processes at once.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

/** Any fixed number; only migrations take it. */
const lockKey = 727_564_801;

/** Functions are laid anew each time, so that each has one text, in one file, with its own history. */
async function functions(): Promise<string[]> {
  const folder = fileURLToPath(new URL('functions', import.meta.url));
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
}

const migrationsFolder = fileURLToPath(new URL('migrations', import.meta.url));

/** A process of the release before that starts while the next one is rolled out: its functions don't know what there is by now. */
async function isOvertaken(client: pg.Client): Promise<boolean> {
  const newest = readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0;
  const { rows } = await client.query<{ newer: boolean }>(
    'select exists (select from drizzle.__drizzle_migrations where created_at > $1) as newer',
    [newest],
  );
  return rows[0]?.newer === true;
}

export async function migrateDatabase(url: string): Promise<void> {
  // A connection of its own: migrations may take longer than the pool allows a statement.
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    await migrate(drizzle(client), { migrationsFolder });
    if (await isOvertaken(client)) return;
    for (const text of await functions()) await client.query(text);
  } finally {
    await client.end();
  }
}
