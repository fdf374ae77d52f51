// Triggers: made and steered by managers; fired once per firing, with the task it makes, in one transaction.
import type pg from 'pg';
import { inTransaction } from '../connection.js';
import { mayStart } from '../queries/may-start.js';
import type { OutboxEvent, Trigger } from '../queries/triggers.js';
import { findTrigger } from '../queries/triggers.js';
import type { NewTask } from '../staging/tasks.js';
import { closeBatch, openBatch, storeTasks } from '../staging/tasks.js';

export type NewTrigger = Pick<
  Trigger,
  'id' | 'projectId' | 'pipelineId' | 'batchId' | 'node' | 'kind' | 'settings' | 'task' | 'once' | 'sourceId' | 'secret'
> & { tokenHash: string | null };

const oldestUnderWay = `pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

/** Where nobody has listened to a pipeline, what happened before is no event of anybody. */
async function openCursor(client: pg.PoolClient, sourceId: string): Promise<void> {
  await client.query(
    `insert into outbox_cursors (pipeline_id, transaction, id) values ($1, ${oldestUnderWay} - 1, 0)
     on conflict (pipeline_id) do update set transaction = excluded.transaction, id = 0
      where not exists (select from triggers g where g.source_id = $1 and g.state = 'active')`,
    [sourceId],
  );
}

/** One that was added by an earlier try is left as it is. */
export async function addTrigger(pool: pg.Pool, trigger: NewTrigger): Promise<void> {
  const { id, projectId, pipelineId, batchId, node, kind, settings, task, once, sourceId, secret, tokenHash } = trigger;
  await inTransaction(pool, async (client) => {
    if (sourceId !== null) await openCursor(client, sourceId);
    await openBatch(client, { batchId, projectId, pipelineId, kind: 'trigger' });
    await client.query(
      `insert into triggers (id, project_id, pipeline_id, batch_id, node, kind, settings, task, once, state, source_id, secret,
         token_hash, since)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10, $11, $12, ${oldestUnderWay}) on conflict (id) do nothing`,
      [
        ...[id, projectId, pipelineId, batchId, node, kind, JSON.stringify(settings), JSON.stringify(task), once],
        ...[sourceId, secret, tokenHash],
      ],
    );
  });
}

/** Answers with whether it changed. What happens while it is paused is none of its. */
export async function steerTrigger(
  pool: pg.Pool,
  { id, sourceId }: Trigger,
  from: Trigger['state'],
  to: 'active' | 'paused',
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    if (to === 'active' && sourceId !== null) await openCursor(client, sourceId);
    const { rowCount } = await client.query(
      `update triggers set state = $3, since = ${oldestUnderWay} where id = $1 and state = $2`,
      [id, from, to],
    );
    return rowCount === 1;
  });
}

/** From now on it makes no task. Answers whether something may wait for its batch to be closed. */
export async function endTrigger(pool: pg.Pool, { id, batchId }: Trigger): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await client.query(`update triggers set state = 'spent' where id = $1`, [id]);
    return closeBatch(client, batchId);
  });
}

/** Comes last: what is to follow its end can't be asked for any more. */
export async function deleteTrigger(pool: pg.Pool, { id }: Trigger): Promise<void> {
  await pool.query('delete from triggers where id = $1', [id]);
}

export type Fired =
  /** The task that it is, or was at an earlier try. */
  | { kind: 'fired'; taskId: string }
  /** Paused, spent, or something that keeps it from starting now. */
  | { kind: 'idle'; why: string };

/** Makes the task of one firing, once: a further try of the same firing finds it. */
export async function fire(pool: pg.Pool, id: string, versionId: string, task: NewTask): Promise<Fired> {
  return inTransaction(pool, async (client): Promise<Fired> => {
    await client.query('select from triggers where id = $1 for update', [id]);
    const trigger = await findTrigger(client, id);
    if (!trigger) return { kind: 'idle', why: 'it was deleted' };
    const before = await client.query('select from tasks where id = $1', [task.id]);
    if (before.rowCount === 1) return { kind: 'fired', taskId: task.id };
    if (trigger.state !== 'active') return { kind: 'idle', why: `it is ${trigger.state}` };
    if (!(await mayStart(client, trigger.pipelineId))) return { kind: 'idle', why: 'its pipeline is paused' };
    const { handling, duplicates } = await storeTasks(client, { ...trigger, versionId }, [task]);
    const existing = handling === 'allow' ? undefined : duplicates[0]?.existing;
    await client.query(
      `update triggers set fired = fired + 1, last_fired_at = now(), last_error = $2, state = case when once then 'spent' else state end
        where id = $1`,
      [
        id,
        existing !== undefined && handling === 'refuse'
          ? `DUPLICATE_TASK: the task ${existing} is there already`
          : null,
      ],
    );
    return { kind: 'fired', taskId: existing ?? task.id };
  });
}

export async function noteTriggerError(pool: pg.Pool, id: string, error: string): Promise<void> {
  await pool.query('update triggers set last_error = $2 where id = $1', [id, error]);
}

/** What was read need not be read again. */
export async function moveCursor(pool: pg.Pool, pipelineId: string, { transaction, id }: OutboxEvent): Promise<void> {
  await pool.query(
    `update outbox_cursors set transaction = $2, id = $3 where pipeline_id = $1 and (transaction, id) < ($2, $3)`,
    [pipelineId, transaction, id],
  );
}

/** They wait until their streams confirm them, and those of others go on. */
export async function parkEvents(pool: pg.Pool, events: readonly OutboxEvent[]): Promise<void> {
  await pool.query('update outbox set parked_at = clock_timestamp() where id = any ($1::bigint[])', [
    events.map(({ id }) => id),
  ]);
}

export async function unparkEvent(pool: pg.Pool, { id }: OutboxEvent): Promise<void> {
  await pool.query('update outbox set parked_at = null where id = $1', [id]);
}
