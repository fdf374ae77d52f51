// What a test file opens of the shared stack beside the API. Each is closed after all tests of the file, the last opened first.
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import type { TaskloomClient } from '../../client.js';
import { connectTemporal, createClient } from '../../client.js';

/** Connects with its first query. */
export function openPool(config: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: inject('stack').databaseUrl, ...config });
  afterAll(() => pool.end());
  return pool;
}

/** To be called while tests are collected: a hook can't add another one. */
export async function openClient(): Promise<TaskloomClient> {
  const { temporalAddress, namespace } = inject('stack');
  const connection = await connectTemporal({ connectionOptions: { address: temporalAddress } });
  afterAll(() => connection.close());
  return createClient(connection, { namespace, taskQueue: 'taskloom' });
}
