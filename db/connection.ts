// The one pool of a process. Every wait on Postgres has a bound, so that a database out of reach is an error, never a hang.
import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import * as schema from './schema/index.js';

export type Database = NodePgDatabase<typeof schema>;

/** Longer than any statement of ours takes, shorter than a caller's patience. */
const waitMs = 2_000;

export interface Connection {
  db: Database;
  pool: pg.Pool;
  close(): Promise<void>;
}

// Counts and sums fit a JavaScript number here; pg would hand them over as text.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export function connect(
  url: string,
  { max = 16, onError }: { max?: number; onError: (error: Error) => void },
): Connection {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: waitMs,
    // The client gives up by itself: a black-holed connection never hears of the server's own timeout.
    query_timeout: waitMs + 500,
    statement_timeout: waitMs,
    idle_in_transaction_session_timeout: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'taskloom',
  });
  pool.on('error', onError);
  return { db: drizzle(pool, { schema }), pool, close: () => pool.end() };
}

/** Undefined where the connection is as good as new; else it is thrown away, not handed to the next caller. */
async function rollBack(client: pg.PoolClient, cause: unknown): Promise<Error | undefined> {
  // It may still be at a statement: waiting for that would only double the wait.
  if (isUnreachable(cause)) return cause as Error;
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('no rollback', { cause: error });
  }
}

/** Runs statements in one transaction. Whatever it throws, nothing of it stays. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // Between two statements a lost connection has nobody else to tell: unheard, it would end the process. The next statement,
  // or the commit, fails by itself.
  const lost = (): void => undefined;
  client.on('error', lost);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    client.release(await rollBack(client, error));
    throw error;
  } finally {
    client.off('error', lost);
  }
}

const deadlockTries = 5;

/** For work that may run again: when Postgres breaks a deadlock, the victim simply goes once more. */
export async function whileDeadlocked<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      const isDeadlock = (error as { code?: unknown }).code === '40P01';
      if (!isDeadlock || tried === deadlockTries) throw error;
    }
  }
}

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
  '57014', // query_canceled: statement timeout
]);

/** What pg says by a text only; other things have timeouts too. */
const unreachableText =
  /^(timeout expired$|timeout exceeded when trying to connect|Query read timeout|Connection terminated)|not queryable/;

/** True for errors that mean "the database can't be had now", as against a statement that is wrong. */
export function isUnreachable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError && at.errors.some(isUnreachable)) return true;
    if (unreachableCodes.has((at as { code?: string }).code ?? '')) return true;
    if (unreachableText.test(at.message)) return true;
  }
  return false;
}
