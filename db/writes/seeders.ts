// Seeders: made and steered by managers; fetched for, and drawn from, by the one activity that keeps tasks available.
import type pg from 'pg';
import type { SeederSource } from '../../core/entry.js';
import { inTransaction } from '../connection.js';
import { mayStart } from '../queries/may-start.js';
import type { Seeder } from '../queries/seeders.js';
import { findSeeder } from '../queries/seeders.js';
import type { NewTask, Stored, TaskHome } from '../staging/tasks.js';
import { closeBatch, openBatch, storeTasks } from '../staging/tasks.js';

export interface NewSeeder extends Pick<Seeder, 'id' | 'projectId' | 'pipelineId' | 'batchId' | 'keep'> {
  source: SeederSource;
}

type Item = Record<string, unknown>;

/** False where it was added before, by an earlier try. */
export async function addSeeder(client: pg.PoolClient, seeder: NewSeeder): Promise<boolean> {
  const { id, projectId, pipelineId, batchId, keep, source } = seeder;
  await openBatch(client, { batchId, projectId, pipelineId, kind: 'seeder' });
  const { rowCount } = await client.query(
    `insert into seeders (id, project_id, pipeline_id, batch_id, keep, source, state, drained)
     values ($1, $2, $3, $4, $5, $6, 'running', $7) on conflict (id) do nothing`,
    [id, projectId, pipelineId, batchId, keep, JSON.stringify(source), source.kind === 'list'],
  );
  return rowCount === 1;
}

/** Items that come after those fetched so far. */
export async function addItems(client: pg.PoolClient, seederId: string, items: readonly Item[]): Promise<void> {
  await client.query(
    `with seeder as (
       update seeders set fetched = fetched + $3, buffered = buffered + $3, updated_at = now() where id = $1 returning fetched - $3 as before
     )
     insert into seeder_items (seeder_id, row, task)
     select $1, seeder.before + i.place::int, i.task from seeder, jsonb_array_elements($2::jsonb) with ordinality as i(task, place)`,
    [seederId, JSON.stringify(items), items.length],
  );
}

/** Answers with whether it changed: only some states lead there. */
export async function steerSeeder(
  pool: pg.Pool,
  id: string,
  from: readonly Seeder['state'][],
  to: 'running' | 'paused' | 'stopped',
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ batch_id: string }>(
      `update seeders set state = $3, updated_at = now() where id = $1 and state = any ($2::text[]) returning batch_id`,
      [id, from, to],
    );
    const [changed] = rows;
    if (!changed) return false;
    if (to === 'stopped') {
      await client.query('delete from seeder_items where seeder_id = $1', [id]);
      await client.query('update seeders set buffered = 0 where id = $1', [id]);
      await closeBatch(client, changed.batch_id);
    }
    return true;
  });
}

export interface FetchedPage {
  items: readonly Item[];
  /** Null at the end. */
  next: string | null;
  /** Items that were no tasks, and what was wrong with the first. */
  rejected: number;
  problem: string | undefined;
  /** Do not ask before so many milliseconds. */
  pauseMs: number;
}

/** A page and where the source goes on, in one transaction; nothing where another try was faster. */
export async function storePage(pool: pg.Pool, before: Seeder, page: FetchedPage): Promise<void> {
  const { items, next, rejected, problem, pauseMs } = page;
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update seeders set cursor = $4, drained = $5, rejected = rejected + $6, failures = 0,
              last_error = case when $7::text is null and failures = 0 then last_error else $7 end,
              retry_at = case when $8::int > 0 then now() + make_interval(secs => $8 / 1000.0) end, updated_at = now()
        where id = $1 and cursor is not distinct from $2 and fetched = $3 and not drained and state in ('running', 'paused')`,
      [before.id, before.cursor, before.fetched, next, next === null, rejected, problem ?? null, pauseMs],
    );
    if (rowCount === 1 && items.length > 0) await addItems(client, before.id, items);
  });
}

export async function noteFailure(pool: pg.Pool, id: string, error: string, pauseMs: number): Promise<void> {
  await pool.query(
    `update seeders set failures = failures + 1, last_error = $2, retry_at = now() + make_interval(secs => $3 / 1000.0),
            updated_at = now() where id = $1`,
    [id, error, pauseMs],
  );
}

async function take(client: pg.PoolClient, seederId: string, count: number): Promise<{ row: number; task: Item }[]> {
  const { rows } = await client.query<{ row: number; task: Item }>(
    `delete from seeder_items where seeder_id = $1 and row in
       (select row from seeder_items where seeder_id = $1 order by row limit $2) returning row, task`,
    [seederId, count],
  );
  return rows.sort((one, other) => one.row - other.row);
}

/** One statement stores them, which has its time as every other. */
const drawnAtOnce = 500;

const nothing = { drawn: 0, more: false };

const left = ({ handling, duplicates }: Stored): number => (handling === 'allow' ? 0 : duplicates.length);

/** Turns fetched items into tasks, towards as many available as are to be kept; answers with whether more are missing that are there. */
export async function drawItems(
  pool: pg.Pool,
  id: string,
  versionId: string,
  taskOf: (item: Item, row: number) => NewTask,
): Promise<{ drawn: number; more: boolean }> {
  return inTransaction(pool, async (client) => {
    await client.query('select from seeders where id = $1 for update', [id]);
    const seeder = await findSeeder(client, id);
    if (seeder?.state !== 'running' || !(await mayStart(client, seeder.pipelineId))) return nothing;
    const missing = Math.max(0, seeder.keep - seeder.available);
    const taken = await take(client, id, Math.min(missing, drawnAtOnce));
    const home: TaskHome = { ...seeder, versionId };
    const tasks = taken.map(({ row, task }) => taskOf(task, row));
    const stored = await storeTasks(client, home, tasks);
    const isOver = seeder.drained && seeder.buffered === taken.length;
    await client.query(
      `update seeders set seeded = seeded + $2, duplicates = duplicates + $3, buffered = buffered - $4, state = $5, updated_at = now()
        where id = $1`,
      [id, taken.length - left(stored), stored.duplicates.length, taken.length, isOver ? 'exhausted' : 'running'],
    );
    if (isOver) await closeBatch(client, seeder.batchId);
    return { drawn: taken.length, more: taken.length < missing && taken.length < seeder.buffered };
  });
}
