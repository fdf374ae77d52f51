// How many SQL statements an action costs, counted by Postgres itself (pg_stat_statements, loaded for this part only).
import { waitUntil } from '../stack/wait-until.js';
import { runCycles, storeRows } from './cycle-side.js';
import { round } from './figures.js';
import { runHttp, storeTasks } from './http-side.js';
import type { Scene } from './scene.js';

export interface SqlPerAction {
  /** Through HTTP: everything that the API and the worker ask, begin and commit included. */
  http: number;
  /** By client.ts: what the worker records. */
  command: number;
}

const actionsPerCycle = 4;

export async function countStatements(scene: Scene, cycles: number): Promise<SqlPerAction | undefined> {
  if (!(await load(scene))) return undefined;
  const stored = await storeRows(scene, cycles);
  const direct = await counted(scene, () => runCycles(scene, stored, 8));
  await storeTasks(scene, cycles);
  const http = await counted(scene, () => runHttp(scene, cycles, 8, { stored: true }));
  const actions = cycles * actionsPerCycle;
  return { http: round(http / actions, 2), command: round(direct / actions, 2) };
}

/** False where the server lacks the extension. */
async function load({ stack, pool }: Scene): Promise<boolean> {
  const { rows } = await pool.query(`select from pg_available_extensions where name = 'pg_stat_statements'`);
  if (rows.length === 0) return false;
  await pool.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`);
  await stack.postgres.restart();
  const what = 'for worker and API to be back on Postgres';
  await waitUntil(
    async () => {
      await pool.query('create extension if not exists pg_stat_statements');
      return (await fetch(`${stack.apiUrl}/readyz`)).ok || undefined;
    },
    { withinMs: 30_000, what },
  );
  return true;
}

/** Statements of the product: the benchmark's own connections have another application name, and ask nothing meanwhile. */
async function counted({ pool }: Scene, work: () => Promise<unknown>): Promise<number> {
  await pool.query('select pg_stat_statements_reset()');
  await work();
  const { rows } = await pool.query<{ calls: string }>(
    `select sum(calls) as calls from pg_stat_statements where query not ilike '%pg_stat_statements%'`,
  );
  return Number(rows[0]?.calls);
}
