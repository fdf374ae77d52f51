// A row that is renewed while housekeeping takes it away, in a database that no worker looks into.
import { expect, it } from 'vitest';
import { takeExpired } from '../../db/writes/housekeeping.js';
import { ownDatabase } from '../support/own-database.js';
import { until } from '../support/until.js';

const { name, pool } = await ownDatabase('renewed');

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
