// How far batches are: their tasks by status, and what their checkpoints held and hold.
import type pg from 'pg';
import { shownStatus } from './tasks.js';

export interface Batch {
  id: string;
  projectId: string;
  pipelineId: string;
  kind: 'import' | 'api' | 'seeder' | 'trigger';
  name: string | null;
  status: 'open' | 'closed';
  tasks: number;
  /** Tasks whose cycle has begun. */
  started: number;
  createdAt: Date;
}

const columns = `b.id, b.project_id as "projectId", b.pipeline_id as "pipelineId", b.kind, b.name, b.status, b.created_at as "createdAt"`;

/** Whose it is, without a look at its tasks. */
export async function projectOfBatch(pool: pg.Pool, id: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ projectId: string }>(
    'select project_id as "projectId" from batches where id = $1',
    [id],
  );
  return rows[0]?.projectId;
}

/** Counts its tasks. */
export async function findBatch(pool: pg.Pool, id: string): Promise<Batch | undefined> {
  const { rows } = await pool.query<Batch>(
    `select ${columns}, count(t.id) as tasks, count(t.id) filter (where t.version > 0) as started
       from batches b left join tasks t on t.batch_id = b.id
      where b.id = $1 group by b.id`,
    [id],
  );
  return rows[0];
}

export interface BatchCheckpoint {
  node: string;
  /** Per assignment: whose share; null while anybody might still take it. */
  assignee: string | null;
  /** Still to come. */
  coming: number;
  /** Held there now. */
  arrived: number;
  fired: { checkpointId: string; items: number; contextTaskId: string | null; at: string }[];
}

export interface ListedBatch extends Omit<Batch, 'tasks' | 'started' | 'projectId'> {
  tasks: number;
  statuses: Record<string, number>;
  /** With `node`: visits of that node by status. */
  atNode?: Record<string, number>;
  checkpoints: BatchCheckpoint[];
}

interface BatchFilter {
  projectId: string;
  pipelineId: string | undefined;
  /** Of pipelines with such a node. */
  node: string | undefined;
  /** The last one seen. */
  after: { createdAt: string; id: string } | undefined;
  limit: number;
}

/** A keyset page, the newest first. Counts look at the batches of the page and at nothing else. */
export async function listBatches(pool: pg.Pool, filter: BatchFilter): Promise<ListedBatch[]> {
  const { projectId, pipelineId, node, after, limit } = filter;
  const { rows } = await pool.query<ListedBatch>(
    `select ${columns}
       from batches b
      where b.project_id = $1 and ($2::text is null or b.pipeline_id = $2) and ($3::text is null or (b.created_at, b.id) < ($3::timestamptz, $6))
        and ($4::text is null or exists (
              select 1 from pipeline_versions v
               where v.pipeline_id = b.pipeline_id and v.plan -> 'nodes' @> jsonb_build_array(jsonb_build_object('key', $4::text))))
      order by b.created_at desc, b.id desc limit $5`,
    [projectId, pipelineId ?? null, after?.createdAt ?? null, node ?? null, limit, after?.id ?? null],
  );
  const ids = rows.map(({ id }) => id);
  const statuses = await statusesOf(pool, ids);
  const checkpoints = await checkpointsOf(pool, ids, node);
  const visits = node === undefined ? undefined : await visitsOf(pool, ids, node);
  return rows.map((batch) => {
    const counts = Object.fromEntries((statuses.get(batch.id) ?? []).map(({ status, count }) => [status, count]));
    return {
      ...batch,
      tasks: Object.values(counts).reduce((sum, count) => sum + count, 0),
      statuses: counts,
      ...(visits
        ? { atNode: Object.fromEntries((visits.get(batch.id) ?? []).map(({ status, count }) => [status, count])) }
        : {}),
      checkpoints: (checkpoints.get(batch.id) ?? []).map(({ batchId: _, ...checkpoint }) => checkpoint),
    };
  });
}

function byBatch<T extends { batchId: string }>(rows: readonly T[]): Map<string, T[]> {
  const grouped = new Map<string, T[]>();
  for (const row of rows) grouped.set(row.batchId, [...(grouped.get(row.batchId) ?? []), row]);
  return grouped;
}

interface StatusCount {
  batchId: string;
  status: string;
  count: number;
}

async function statusesOf(pool: pg.Pool, ids: readonly string[]): Promise<Map<string, StatusCount[]>> {
  const text = `select t.batch_id as "batchId", ${shownStatus} as status, count(*) as count
                  from tasks t join pipelines p on p.id = t.pipeline_id
                 where batch_id = any ($1::text[]) group by 1, 2 order by 1, 2`;
  return byBatch((await pool.query<StatusCount>(text, [ids])).rows);
}

async function visitsOf(pool: pg.Pool, ids: readonly string[], node: string): Promise<Map<string, StatusCount[]>> {
  // Of the tasks' present cycles, with what those carried over; nothing that others took the place of.
  const text = `select t.batch_id as "batchId", case when st.cycle_id = t.cycle_id then n.status else 'finished' end as status,
                       count(*) as count
                  from tasks t join cycles c on c.id = t.cycle_id
                  join node_instances n on n.task_id = t.id and n.node = $2 and n.parent_id is null
                  join streams st on st.id = n.stream_id
                 where t.batch_id = any ($1::text[])
                   and case when st.cycle_id = t.cycle_id
                         then n.outcome is null or n.outcome not in ('superseded', 'recalled')
                         else c.rerun -> 'resume' -> 'outcomes' ? n.node and c.rerun -> 'resume' -> 'results' -> n.node ->> 'instance' = n.id
                       end
                 group by 1, 2 order by 1, 2`;
  return byBatch((await pool.query<StatusCount>(text, [ids, node])).rows);
}

type CheckpointRow = BatchCheckpoint & { batchId: string };

async function checkpointsOf(pool: pg.Pool, ids: readonly string[], node: string | undefined) {
  const { rows } = await pool.query<CheckpointRow>(
    `with share as (
       select batch_id, node, assignee, count(*) filter (where standing = 'coming') as coming,
              count(*) filter (where standing = 'arrived' and checkpoint_id is null) as arrived
         from checkpoint_items where batch_id = any ($1::text[]) and ($2::text is null or node = $2) group by 1, 2, 3
     ), fired as (
       select batch_id, node, assignee,
              jsonb_agg(jsonb_build_object('checkpointId', id, 'items', items, 'contextTaskId', context_task_id, 'at', fired_at)
                        order by fired_at) as fired
         from checkpoints where batch_id = any ($1::text[]) and ($2::text is null or node = $2) group by 1, 2, 3
     )
     select s.batch_id as "batchId", s.node, s.assignee, s.coming, s.arrived, coalesce(f.fired, '[]') as fired
       from share s left join fired f
         on f.batch_id = s.batch_id and f.node = s.node and f.assignee is not distinct from s.assignee
      where s.coming > 0 or s.arrived > 0 or f.fired is not null
      order by s.batch_id, s.node, s.assignee nulls first`,
    [ids, node ?? null],
  );
  return byBatch(rows);
}
