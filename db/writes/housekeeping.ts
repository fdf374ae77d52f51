// What nothing refers to any more, and what has served its time: found and taken away so many rows at a time.
import type pg from 'pg';

/** How far payloads were looked through, oldest first. */
export interface PayloadCursor {
  createdAt: string;
  projectId: string;
  hash: string;
}

/** What one statement came to; `more`: there may be more. */
export interface Taken {
  taken: number;
  more: boolean;
}

const isReferredTo = `exists (select from submissions s where s.project_id = p.project_id and s.payload_hash = p.hash)
   or exists (select from executions e where e.project_id = p.project_id
                 and e.result ? 'submission' and e.result -> 'submission' ->> 'hash' = p.hash)`;

/**
 * Marks those of the next payloads that have been there for a week and that nothing refers to. What is referred to stays so, and
 * is not looked at again. Answers with where to go on, or null where the rest is younger.
 */
export async function markOrphans(
  pool: pg.Pool,
  after: PayloadCursor | undefined,
  batch: number,
): Promise<{ last: PayloadCursor | null; isFull: boolean }> {
  const { rows } = await pool.query<PayloadCursor & { total: number }>(
    `with page as (
       select project_id, hash, created_at from payloads
        where (created_at, project_id, hash) > ($1::timestamptz, $2, $3) and created_at < now() - interval '7 days'
        order by created_at, project_id, hash limit $4
     ), marked as (
       update payloads p set orphaned_at = now() from page
        where p.project_id = page.project_id and p.hash = page.hash and not (${isReferredTo})
     )
     select created_at as "createdAt", project_id as "projectId", hash, count(*) over ()::int as total
       from page order by created_at desc, project_id desc, hash desc limit 1`,
    [after?.createdAt ?? '-infinity', after?.projectId ?? '', after?.hash ?? '', batch],
  );
  const [found] = rows;
  if (!found) return { last: null, isFull: false };
  const { createdAt, projectId, hash, total } = found;
  return { last: { createdAt: new Date(createdAt).toISOString(), projectId, hash }, isFull: total === batch };
}

async function take(pool: pg.Pool, statement: string, batch: number): Promise<Taken> {
  const { rowCount } = await pool.query(statement, [batch]);
  return { taken: rowCount ?? 0, more: rowCount === batch };
}

/** Takes away marked payloads that still nothing refers to: handed in again, their mark would have gone. */
export const takeOrphans = (pool: pg.Pool, batch: number): Promise<Taken> =>
  take(
    pool,
    `delete from payloads where (project_id, hash) in (
       select p.project_id, p.hash from payloads p where p.orphaned_at is not null and not (${isReferredTo}) limit $1
     ) and orphaned_at is not null`,
    batch,
  );

/** What has served its time, by what it is: the table, and when a row of it, `t`, has. */
const aged = {
  idempotencyKeys: ['idempotency_keys', `t.created_at < now() - interval '30 days'`],
  reservations: ['reservations', `t.expires_at < now() - interval '1 day'`],
  callbacks: [
    'callbacks',
    `t.created_at < now() - interval '30 days' and not exists (
       select from node_instances n join streams s on s.id = n.stream_id where n.id = t.instance_id and s.status = 'open')`,
  ],
  // A trigger that has not read so far yet, or that waits for a cycle, keeps what it is to be told.
  outbox: [
    'outbox',
    `t.recorded_at < now() - interval '7 days' and not exists (
       select from outbox_cursors c join triggers g on g.source_id = c.pipeline_id and g.state = 'active'
        where c.pipeline_id = t.pipeline_id and (t.parked_at is not null or (t.transaction, t.id) > (c.transaction, c.id)))`,
  ],
  migratedCycles: [
    'migrated_cycles',
    `t.migration_id in (select m.id from pipeline_migrations m where m.ended_at < now() - interval '30 days')`,
  ],
  // With its cycles gone its counts would be wrong.
  migrations: [
    'pipeline_migrations',
    `t.ended_at < now() - interval '30 days' and not exists (select from migrated_cycles c where c.migration_id = t.id)`,
  ],
} as const;

export type Expired = keyof typeof aged;

/** Takes some away. Judged again as they go: a row may have been renewed since it was found. */
export function takeExpired(pool: pg.Pool, kind: Expired, batch: number): Promise<Taken> {
  const [table, condition] = aged[kind];
  const found = `select t.ctid from ${table} t where ${condition} limit $1`;
  return take(pool, `delete from ${table} t where t.ctid = any (array(${found})) and ${condition}`, batch);
}
