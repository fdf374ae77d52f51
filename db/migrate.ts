// Brings the schema up to date; safe to run from many processes at once.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
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

export async function migrateDatabase(url: string): Promise<void> {
  // A connection of its own: migrations may take longer than the pool allows a statement.
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    await migrate(drizzle(client), { migrationsFolder: fileURLToPath(new URL('migrations', import.meta.url)) });
    for (const text of await functions()) await client.query(text);
  } finally {
    await client.end();
  }
}
