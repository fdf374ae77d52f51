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
  batchId: string;
}

export async function openBatch(
  client: pg.Pool | pg.PoolClient,
  { batchId, projectId, pipelineId, kind }: Omit<TaskHome, 'versionId'> & { kind: 'import' | 'api' },
): Promise<void> {
  await client.query(
    `insert into batches (id, project_id, pipeline_id, kind, status) values ($1, $2, $3, $4, 'open') on conflict (id) do nothing`,
    [batchId, projectId, pipelineId, kind],
  );
}

export async function closeBatch(client: pg.Pool | pg.PoolClient, batchId: string): Promise<void> {
  await client.query(`update batches set status = 'closed' where id = $1`, [batchId]);
}

/** A row that the batch has already, from an earlier try of the same import, is left as it is. */
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
       on conflict (batch_id, batch_row) do nothing
       returning id, cycle_id
     )
     insert into cycles (id, task_id, number, version_id) select cycle_id, id, 1, $5 from task`,
    [JSON.stringify(rows), home.projectId, home.pipelineId, home.batchId, home.versionId],
  );
}
