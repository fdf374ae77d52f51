// Stores tasks whose cycles are about to start. The cycle owns everything about them from its first record on.
import type pg from 'pg';

export interface NewTask {
  id: string;
  cycleId: string;
  batchRow: number | null;
  externalId: string | null;
  data: Record<string, unknown>;
  dataHash: string;
  dataTitle: string;
  metadata: Record<string, unknown>;
  gold: unknown;
  overlap: number | null;
  priority: number;
  dueAt: string | null;
  tags: string[];
}

export interface TaskHome {
  projectId: string;
  pipelineId: string;
  versionId: string;
  batchId: string | null;
  /** Where a checkpoint starts its cycle: the node at which it begins. */
  checkpoint?: string;
}

export async function openBatch(
  client: pg.Pool | pg.PoolClient,
  {
    batchId,
    projectId,
    pipelineId,
    kind,
  }: Pick<TaskHome, 'projectId' | 'pipelineId'> & {
    batchId: string;
    kind: 'import' | 'api';
  },
): Promise<void> {
  await client.query(
    `insert into batches (id, project_id, pipeline_id, kind, status) values ($1, $2, $3, $4, 'open') on conflict (id) do nothing`,
    [batchId, projectId, pipelineId, kind],
  );
}

/** The open batch of that name, and opened where there is none; it stays open until the transaction ends. */
export async function openNamedBatch(
  client: pg.PoolClient,
  { batchId, projectId, pipelineId, name }: { batchId: string; projectId: string; pipelineId: string; name: string },
): Promise<string> {
  const open = `select id from batches where pipeline_id = $1 and name = $2 and status = 'open' for share`;
  for (;;) {
    const { rows } = await client.query<{ id: string }>(open, [pipelineId, name]);
    if (rows[0]) return rows[0].id;
    await client.query(
      `insert into batches (id, project_id, pipeline_id, kind, name, status) values ($1, $2, $3, 'api', $4, 'open')
       on conflict do nothing`,
      [batchId, projectId, pipelineId, name],
    );
  }
}

/** Answers whether something may wait for that at a checkpoint. */
export async function closeBatch(client: pg.Pool | pg.PoolClient, batchId: string): Promise<boolean> {
  const { rows } = await client.query<{ waits: boolean }>(
    `update batches set status = 'closed' where id = $1
     returning exists (select 1 from checkpoint_items i where i.batch_id = batches.id) as waits`,
    [batchId],
  );
  return rows[0]?.waits === true;
}

/** A task that is there already, from an earlier try of the same request, is left as it is. */
export async function storeTasks(
  client: pg.Pool | pg.PoolClient,
  home: TaskHome,
  tasks: readonly NewTask[],
): Promise<void> {
  if (tasks.length === 0) return;
  const rows = tasks.map((task) => ({
    id: task.id,
    cycle_id: task.cycleId,
    batch_row: task.batchRow,
    external_id: task.externalId,
    data: task.data,
    data_hash: task.dataHash,
    data_title: task.dataTitle,
    metadata: task.metadata,
    gold: task.gold ?? null,
    overlap: task.overlap,
    priority: task.priority,
    due_at: task.dueAt,
    tags: task.tags,
  }));
  await client.query(
    `with row as (
       select * from jsonb_to_recordset($1::jsonb) as r(id text, cycle_id text, batch_row int, external_id text, data jsonb,
         data_hash text, data_title text, metadata jsonb, gold jsonb, overlap int, priority float8, due_at timestamptz, tags text[])
     ), task as (
       insert into tasks (id, project_id, pipeline_id, batch_id, batch_row, external_id, data, data_hash, data_title, metadata,
         gold, overlap, priority, due_at, paused_ms, tags, cycle_id)
       select id, $2, $3, $4, batch_row, external_id, data, data_hash, data_title, metadata, gold, overlap, priority, due_at,
         (select paused_ms(p, null, null) from pipelines p where p.id = $3), tags, cycle_id from row
       on conflict do nothing
       returning id, cycle_id
     ), item as (
       insert into checkpoint_items (batch_id, node, task_id, cycle_id, standing, decided_at, sequence)
       select $4, n.key, task.id, task.cycle_id, 'coming', 0, 0
         from (select node ->> 'key' as key from pipeline_versions v, jsonb_array_elements(v.plan -> 'nodes') as node
                where v.id = $5 and $4::text is not null and node ? 'checkpoint') as n, task
     )
     insert into cycles (id, task_id, number, version_id, checkpoint) select cycle_id, id, 1, $5, $6 from task`,
    [JSON.stringify(rows), home.projectId, home.pipelineId, home.batchId, home.versionId, home.checkpoint ?? null],
  );
}
