// A row that is renewed while housekeeping takes it away, in a database that no worker looks into.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrateDatabase } from '../../db/migrate.js';
import { takeExpired } from '../../db/writes/housekeeping.js';
import { until } from '../support/until.js';

const { databaseUrl } = inject('stack');
const name = `renewed_${randomUUID().replaceAll('-', '')}`;
const url = Object.assign(new URL(databaseUrl), { pathname: `/${name}` }).href;
const server = new pg.Pool({ connectionString: databaseUrl, max: 1 });
let pool: pg.Pool;

beforeAll(async () => {
  await server.query(`create database ${name}`);
  await migrateDatabase(url);
  pool = new pg.Pool({ connectionString: url, max: 3 });
});

afterAll(async () => {
  await pool.end();
  await server.query(`drop database ${name}`);
  await server.end();
});

it('stays', async () => {
  await pool.query(
    `insert into reservations (instance_id, member_id, project_id, expires_at)
     select 'i' || n, 'm', 'p', now() - interval '2 days' from generate_series(1, 2) as n`,
  );
  const renewing = await pool.connect();
  await renewing.query('begin');
  await renewing.query(`update reservations set expires_at = now() + interval '1 hour' where instance_id = 'i1'`);

  const taking = takeExpired(pool, 'reservations', 10);
  await until('it to wait for who renews', async () => {
    const text = `select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`;
    return (await pool.query(text, [name])).rowCount === 1;
  });
  await renewing.query('commit');
  renewing.release();

  expect(await taking).toEqual({ taken: 1, more: false });
  expect((await pool.query('select instance_id as id from reservations')).rows).toEqual([{ id: 'i1' }]);
});
