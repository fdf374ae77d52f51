// Bringing a database up to date while two releases run beside each other.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrateDatabase } from '../../db/migrate.js';

const { databaseUrl } = inject('stack');
const name = `migrated_${randomUUID().replaceAll('-', '')}`;
const url = Object.assign(new URL(databaseUrl), { pathname: `/${name}` }).href;
let pool: pg.Pool;

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

beforeAll(async () => {
  await onServer(`create database ${name}`);
  await migrateDatabase(url);
  pool = new pg.Pool({ connectionString: url, max: 1 });
});

afterAll(async () => {
  await pool.end();
  await onServer(`drop database ${name}`);
});

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
