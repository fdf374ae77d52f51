// A connection that is lost in the middle of a transaction is an error of that transaction, never the end of the process.
import { afterAll, expect, inject, it } from 'vitest';
import { connect, inTransaction, isUnreachable } from '../../db/connection.js';

const connection = connect(inject('stack').databaseUrl, { onError: () => undefined });

afterAll(() => connection.close());

it('fails its transaction when the server ends the connection, and leaves the pool usable', async () => {
  const { pool } = connection;

  const transaction = inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const gone = new Promise((resolve) => client.once('end', resolve));
    await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await gone;
    await client.query('select 1');
  });

  await expect(transaction).rejects.toSatisfy(isUnreachable);
  expect((await pool.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

it('takes back what a refusal interrupts, and goes on with the same connection', async () => {
  const one = connect(inject('stack').databaseUrl, { max: 1, onError: () => undefined });
  const pid = async (): Promise<number | undefined> =>
    (await one.pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  try {
    const before = await pid();
    const refused = inTransaction(one.pool, async (client) => {
      await client.query('create table never_there (id int)');
      throw new Error('CALL_TIMEOUT is no reason');
    });
    await expect(refused).rejects.toThrow('no reason');
    const failed = inTransaction(one.pool, (client) => client.query('select 1 / 0'));
    await expect(failed).rejects.toThrow('division by zero');

    expect(await pid()).toBe(before);
    expect((await one.pool.query(`select to_regclass('never_there') as it`)).rows).toEqual([{ it: null }]);
  } finally {
    await one.close();
  }
});

it('takes only what Postgres and its client say of themselves as out of reach', () => {
  for (const text of [
    'Query read timeout',
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
  ])
    expect(isUnreachable(new Error(text))).toBe(true);
  expect(isUnreachable(new Error('the pipeline has no "timeout"'))).toBe(false);
  expect(isUnreachable(Object.assign(new Error('canceling statement'), { code: '57014' }))).toBe(true);
});
