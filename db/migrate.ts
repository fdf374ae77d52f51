// Brings the schema up to date; safe to run from many processes at once.
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

/** Any fixed number; only migrations take it. */
const lockKey = 727_564_801;

export async function migrateDatabase(url: string): Promise<void> {
  // A connection of its own: migrations may take longer than the pool allows a statement.
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    await migrate(drizzle(client), { migrationsFolder: fileURLToPath(new URL('migrations', import.meta.url)) });
  } finally {
    await client.end();
  }
}
