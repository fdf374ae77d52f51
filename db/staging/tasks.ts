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
  batchId: string;
}

export type BatchKind = 'import' | 'api' | 'seeder' | 'trigger';

export async function openBatch(
  client: pg.Pool | pg.PoolClient,
  { batchId, projectId, pipelineId, kind }: Omit<TaskHome, 'versionId'> & { kind: BatchKind },
): Promise<void> {
  await client.query(
    `insert into batches (id, project_id, pipeline_id, kind, status) values ($1, $2, $3, $4, 'open') on conflict (id) do nothing`,
    [batchId, projectId, pipelineId, kind],
  );
}

export async function closeBatch(client: pg.Pool | pg.PoolClient, batchId: string): Promise<void> {
  await client.query(`update batches set status = 'closed' where id = $1`, [batchId]);
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
    'select store_tasks($1::jsonb, $2, $3, $4, $5) as stored',
    [JSON.stringify(rows), home.projectId, home.pipelineId, home.batchId, home.versionId],
  );
  return answers[0]?.stored ?? { handling: 'allow', duplicates: [] };
}
