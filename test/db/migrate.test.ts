// Bringing a database up to date while two releases run beside each other.
import { expect, it } from 'vitest';
import { migrateDatabase } from '../../db/migrate.js';
import { ownDatabase } from '../support/own-database.js';

const { url, pool } = await ownDatabase('migrated');

const lay = (body: string) =>
  pool.query(
    `create or replace function update_task(of_task text, of_cycle text) returns void language plpgsql as $$ begin ${body} end $$`,
  );
const laid = async (): Promise<string> =>
  (await pool.query<{ text: string }>(`select prosrc as text from pg_proc where proname = 'update_task'`)).rows[0]
    ?.text ?? '';

it('lays the functions of this release over those of the one before', async () => {
  const own = await laid();
  await lay('/* older */');

  await migrateDatabase(url);

  expect(own).toContain('streamed');
  expect(await laid()).toBe(own);
});

it('leaves those of the next release, which has migrated already', async () => {
  await lay('/* newer */');
  await pool.query(
    `insert into drizzle.__drizzle_migrations (hash, created_at) select 'next', max(created_at) + 1 from drizzle.__drizzle_migrations`,
  );

  await migrateDatabase(url);

  expect(await laid()).toContain('/* newer */');
});
