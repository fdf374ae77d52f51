// What nothing refers to any more, and what has served its time: found and taken away a thousand rows at a time.
import type pg from 'pg';

/** How far payloads were looked through, oldest first. */
export interface PayloadCursor {
  createdAt: string;
  projectId: string;
  hash: string;
}

const batch = 1_000;

const isReferredTo = `exists (select from submissions s where s.project_id = p.project_id and s.payload_hash = p.hash)
   or exists (select from executions e where e.project_id = p.project_id
                 and e.result ? 'submission' and e.result -> 'submission' ->> 'hash' = p.hash)`;

/**
 * Marks those of the next thousand payloads that have been there for a week and that nothing refers to. What is referred to stays so, and
 * is not looked at again. Answers with where to go on, or null where the rest is younger.
 */
export async function markOrphans(
  pool: pg.Pool,
  after: PayloadCursor | undefined,
): Promise<{ last: PayloadCursor | null; isFull: boolean }> {
  const { rows } = await pool.query<PayloadCursor & { total: number }>(
    `with page as (
       select project_id, hash, created_at from payloads
        where (created_at, project_id, hash) > ($1::timestamptz, $2, $3) and created_at < now() - interval '7 days'
        order by created_at, project_id, hash limit ${String(batch)}
     ), marked as (
       update payloads p set orphaned_at = now() from page
        where p.project_id = page.project_id and p.hash = page.hash and not (${isReferredTo})
     )
     select created_at as "createdAt", project_id as "projectId", hash, count(*) over ()::int as total
       from page order by created_at desc, project_id desc, hash desc limit 1`,
    [after?.createdAt ?? '-infinity', after?.projectId ?? '', after?.hash ?? ''],
  );
  const [found] = rows;
  if (!found) return { last: null, isFull: false };
  const { createdAt, projectId, hash, total } = found;
  return { last: { createdAt: new Date(createdAt).toISOString(), projectId, hash }, isFull: total === batch };
}

/** Takes away marked payloads that still nothing refers to: handed in again, their mark would have gone. */
export const deleteOrphans = `delete from payloads where (project_id, hash) in (
  select p.project_id, p.hash from payloads p where p.orphaned_at is not null and not (${isReferredTo}) limit ${String(batch)}
) and orphaned_at is not null`;

const aged = (table: string, condition: string): string =>
  `delete from ${table} where ctid = any (array(select t.ctid from ${table} t where ${condition} limit ${String(batch)}))`;

/** What has served its time, by the name of what it is. */
export const expired = {
  idempotencyKeys: aged('idempotency_keys', `t.created_at < now() - interval '30 days'`),
  reservations: aged('reservations', `t.expires_at < now() - interval '1 day'`),
  callbacks: aged(
    'callbacks',
    `t.created_at < now() - interval '30 days' and not exists (
       select from node_instances n join streams s on s.id = n.stream_id where n.id = t.instance_id and s.status = 'open')`,
  ),
  // A trigger that has not read so far yet keeps what it is to be told.
  outbox: aged(
    'outbox',
    `t.recorded_at < now() - interval '7 days' and not exists (
       select from outbox_cursors c join triggers g on g.source_id = c.pipeline_id and g.state = 'active'
        where c.pipeline_id = t.pipeline_id and (t.parked_at is not null or (t.transaction, t.id) > (c.transaction, c.id)))`,
  ),
} as const;

export type Expired = keyof typeof expired;

/** Rows that one statement took away; fewer than a thousand where there are no more. */
export async function take(pool: pg.Pool, statement: string): Promise<{ taken: number; more: boolean }> {
  const { rowCount } = await pool.query(statement);
  return { taken: rowCount ?? 0, more: rowCount === batch };
}
