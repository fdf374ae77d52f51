// What happened to a task, in order.
import type pg from 'pg';

export interface TimelineEntry {
  id: number;
  at: Date;
  type: string;
  instanceId: string | null;
  actor: string | null;
  via: string | null;
  detail: Record<string, unknown>;
  superseded: boolean;
}

interface Cursor {
  decidedAt: number;
  streamId: string;
  sequence: number;
  position: number;
}

export type TimelineRow = TimelineEntry & { cursor: Cursor };

/** A keyset page; `actor` narrows it to what one member did. */
export async function timelineOf(
  pool: pg.Pool,
  {
    taskId,
    after,
    actor,
    limit,
  }: { taskId: string; after: Cursor | undefined; actor: string | undefined; limit: number },
): Promise<TimelineRow[]> {
  const { decidedAt, streamId, sequence, position } = after ?? {
    decidedAt: 0,
    streamId: '',
    sequence: 0,
    position: -1,
  };
  const { rows } = await pool.query<TimelineRow>(
    `select id, at, type, instance_id as "instanceId", actor, via, detail, superseded_at is not null as superseded,
            json_build_object('decidedAt', decided_at, 'streamId', stream_id, 'sequence', sequence, 'position', position) as cursor
       from timeline
      where task_id = $1 and (decided_at, stream_id, sequence, position) > ($2, $3, $4, $5) and ($6::text is null or actor = $6)
      order by decided_at, stream_id, sequence, position
      limit $7`,
    [taskId, decidedAt, streamId, sequence, position, actor ?? null, limit],
  );
  return rows;
}

/** Whether a command to the task as a whole was recorded. */
export async function isRecorded(pool: pg.Pool, taskId: string, commandId: string): Promise<boolean> {
  const text = `select from timeline where task_id = $1 and command_id = $2 and superseded_at is null limit 1`;
  return (await pool.query(text, [taskId, commandId])).rowCount === 1;
}

/** Whether a command was recorded, for a caller whose cycle has ended since. */
export async function recordedCommand(
  pool: pg.Pool,
  taskId: string,
  commandId: string,
): Promise<{ instanceId: string } | undefined> {
  const { rows } = await pool.query<{ instanceId: string }>(
    `select instance_id as "instanceId" from timeline
      where task_id = $1 and command_id = $2 and instance_id is not null and superseded_at is null
      order by sequence, position limit 1`,
    [taskId, commandId],
  );
  return rows[0];
}
