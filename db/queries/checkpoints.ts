// Checkpoints that have fired, and the items that each held.
import type pg from 'pg';

export interface Checkpoint {
  id: string;
  projectId: string;
  pipelineId: string;
  batchId: string;
  batchName: string | null;
  node: string;
  of: string;
  per: 'task' | 'assignment';
  assignee: string | null;
  items: number;
  versionId: string;
  contextTaskId: string | null;
  firedAt: Date;
  releasedAt: Date | null;
}

export async function findCheckpoint(pool: pg.Pool, id: string): Promise<Checkpoint | undefined> {
  const { rows } = await pool.query<Checkpoint>(
    `select c.id, b.project_id as "projectId", b.pipeline_id as "pipelineId", c.batch_id as "batchId", b.name as "batchName",
            c.node, c.of_node as of, c.per, c.assignee, c.items, c.version_id as "versionId",
            c.context_task_id as "contextTaskId", c.fired_at as "firedAt", c.released_at as "releasedAt"
       from checkpoints c join batches b on b.id = c.batch_id where c.id = $1`,
    [id],
  );
  return rows[0];
}

export interface CheckpointItem {
  taskId: string;
  cycleId: string;
  submissionId: string | null;
  hash: string | null;
}

/** A page, in order of the task's id. */
export async function checkpointItems(
  pool: pg.Pool,
  { id, after, limit }: { id: string; after: string; limit: number },
): Promise<CheckpointItem[]> {
  const { rows } = await pool.query<CheckpointItem>(
    `select task_id as "taskId", cycle_id as "cycleId", submission_id as "submissionId", payload_hash as hash
       from checkpoint_items where checkpoint_id = $1 and task_id > $2 order by task_id limit $3`,
    [id, after, limit],
  );
  return rows;
}

/** The checkpoints that a cycle is on its way to, with the batch that it is of. */
export async function awaitedAt(pool: pg.Pool, cycleId: string, taskId: string) {
  const { rows } = await pool.query<{ batchId: string; node: string }>(
    `select batch_id as "batchId", node from checkpoint_items
      where task_id = $2 and cycle_id = $1 and checkpoint_id is null order by node`,
    [cycleId, taskId],
  );
  return rows;
}

/** Ended cycles of a task that a batch still counts on. */
export async function endedOnTheirWay(pool: pg.Pool, taskId: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select distinct c.id from checkpoint_items i join cycles c on c.id = i.cycle_id
      where i.task_id = $1 and i.checkpoint_id is null and i.standing <> 'gone' and c.ended_at is not null order by c.id`,
    [taskId],
  );
  return rows.map(({ id }) => id);
}
