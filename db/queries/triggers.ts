// Triggers, and what they are to be told of a pipeline's outbox.
import type pg from 'pg';
import type { TriggerSettings, TriggerTask, triggerKinds, triggerStates } from '../../core/entry.js';
import type { TaskStatus } from '../../core/state.js';

export interface Trigger {
  id: string;
  projectId: string;
  pipelineId: string;
  batchId: string;
  node: string;
  kind: (typeof triggerKinds)[number];
  settings: TriggerSettings;
  task: TriggerTask;
  once: boolean;
  state: (typeof triggerStates)[number];
  sourceId: string | null;
  since: number;
  secret: string | null;
  fired: number;
  lastFiredAt: Date | null;
  lastError: string | null;
  createdAt: Date;
}

const columns = `g.id, g.project_id as "projectId", g.pipeline_id as "pipelineId", g.batch_id as "batchId", g.node, g.kind, g.settings,
  g.task, g.once, g.state, g.source_id as "sourceId", g.since, g.secret, g.fired, g.last_fired_at as "lastFiredAt",
  g.last_error as "lastError", g.created_at as "createdAt"`;

export async function findTrigger(client: pg.Pool | pg.PoolClient, id: string): Promise<Trigger | undefined> {
  return (await client.query<Trigger>(`select ${columns} from triggers g where g.id = $1`, [id])).rows[0];
}

export async function triggerOfToken(pool: pg.Pool, tokenHash: string): Promise<Trigger | undefined> {
  return (await pool.query<Trigger>(`select ${columns} from triggers g where g.token_hash = $1`, [tokenHash])).rows[0];
}

export async function listTriggers(
  pool: pg.Pool,
  asked: { pipelineId: string; node?: string; after: string; limit: number },
): Promise<Trigger[]> {
  const text = `select ${columns} from triggers g
                 where g.pipeline_id = $1 and ($2::text is null or g.node = $2) and g.id > $3 order by g.id limit $4`;
  return (await pool.query<Trigger>(text, [asked.pipelineId, asked.node ?? null, asked.after, asked.limit])).rows;
}

/** Those that listen to a pipeline now. */
export async function triggersOn(pool: pg.Pool, sourceId: string): Promise<Trigger[]> {
  const text = `select ${columns} from triggers g where g.source_id = $1 and g.state = 'active' order by g.id`;
  return (await pool.query<Trigger>(text, [sourceId])).rows;
}

export interface OutboxEvent {
  id: number;
  transaction: number;
  taskId: string;
  streamId: string;
  sequence: number;
  decidedAt: number;
  was: TaskStatus;
  status: TaskStatus;
  outcome: string | null;
  /** The first record of a task's first cycle. */
  isFirst: boolean;
}

const eventColumns = `o.id, o.transaction, o.task_id as "taskId", o.stream_id as "streamId", o.sequence, o.decided_at as "decidedAt",
  o.was, o.status, o.outcome, o.sequence = 1 and o.stream_id = 'cycle:' || o.task_id || '.1' as "isFirst"`;

/**
 * What was recorded after where was read to, in the order of transactions. None that is still under way can come before the
 * oldest one that is, so nothing is passed over.
 */
export async function eventsAfterCursor(pool: pg.Pool, pipelineId: string, limit: number): Promise<OutboxEvent[]> {
  const { rows } = await pool.query<OutboxEvent>(
    `select ${eventColumns}
       from outbox_cursors c join outbox o on o.pipeline_id = c.pipeline_id and (o.transaction, o.id) > (c.transaction, c.id)
      where c.pipeline_id = $1 and o.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      order by o.transaction, o.id limit $2`,
    [pipelineId, limit],
  );
  return rows;
}

/** Streams of a pipeline that have events which wait for their confirmation. */
export async function parkedStreams(pool: pg.Pool, pipelineId: string): Promise<string[]> {
  const text = 'select distinct stream_id as id from outbox where pipeline_id = $1 and parked_at is not null';
  return (await pool.query<{ id: string }>(text, [pipelineId])).rows.map(({ id }) => id);
}

/** What waits of the streams that were not looked at for longest, in the order in which it came. */
export async function parkedEvents(
  pool: pg.Pool,
  pipelineId: string,
  { streams, notSinceMs }: { streams: number; notSinceMs: number },
): Promise<OutboxEvent[]> {
  const { rows } = await pool.query<OutboxEvent>(
    `select ${eventColumns} from outbox o
      where o.pipeline_id = $1 and o.parked_at is not null and o.stream_id in (
        select p.stream_id from outbox p where p.pipeline_id = $1 and p.parked_at is not null
         group by 1 having max(p.parked_at) < now() - make_interval(secs => $3::float8 / 1000) order by max(p.parked_at) limit $2)
      order by o.transaction, o.id`,
    [pipelineId, streams, notSinceMs],
  );
  return rows;
}

/** Whether an entry still stands, as far as Postgres knows: a later record may have taken its place. */
export async function isSuperseded(pool: pg.Pool, { streamId, sequence, decidedAt }: OutboxEvent): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from timeline where stream_id = $1 and sequence = $2 and decided_at = $3 and superseded_at is not null limit 1`,
    [streamId, sequence, decidedAt],
  );
  return rowCount === 1;
}
