// Stores tasks whose cycles are about to start. The cycle owns everything about them from its first record on.
import type pg from 'pg';
import type { OnDuplicate } from '../../core/pipeline.js';

export interface NewTask {
  id: string;
  cycleId: string;
  /** Where its cycle begins; left out: at the start node. */
  startNode?: string | undefined;
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

export type BatchKind = 'import' | 'api' | 'seeder' | 'trigger';

export async function openBatch(
  client: pg.Pool | pg.PoolClient,
  {
    batchId,
    projectId,
    pipelineId,
    kind,
  }: Pick<TaskHome, 'projectId' | 'pipelineId'> & {
    batchId: string;
    kind: BatchKind;
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

/** A row that was not new: a task with the same key is there. */
export interface Duplicate {
  id: string;
  row: number | null;
  /** The task that was there, or comes first among those stored together. */
  existing: string;
}

export interface Stored {
  handling: OnDuplicate;
  /** Stored all the same where `handling` is allow, and left out where it is not. */
  duplicates: Duplicate[];
}

/** What is there already, from an earlier try, is left as it is. */
export async function storeTasks(
  client: pg.Pool | pg.PoolClient,
  home: TaskHome,
  tasks: readonly NewTask[],
): Promise<Stored> {
  const rows = tasks.map((task) => ({
    id: task.id,
    cycle_id: task.cycleId,
    start_node: task.startNode ?? null,
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
  const { rows: answers } = await client.query<{ stored: Stored }>(
    'select store_tasks($1::jsonb, $2, $3, $4, $5, $6) as stored',
    [JSON.stringify(rows), home.projectId, home.pipelineId, home.batchId, home.versionId, home.checkpoint ?? null],
  );
  return answers[0]?.stored ?? { handling: 'allow', duplicates: [] };
}
