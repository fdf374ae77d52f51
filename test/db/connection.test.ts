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
