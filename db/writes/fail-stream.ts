// Marks a stream whose workflow ended outside the product: its task reads failed, its open work is closed.
import type pg from 'pg';
import { inTransaction } from '../connection.js';

/** Answers with the other streams of the same cycle that are still open. */
export async function failStream(
  pool: pg.Pool,
  { streamId, cause, atMs }: { streamId: string; cause: string; atMs: number },
): Promise<string[]> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ task_id: string; cycle_id: string; was: string }>(
      `select t.id as task_id, s.cycle_id, t.status as was
         from streams s join cycles c on c.id = s.cycle_id join tasks t on t.id = c.task_id
        where s.id = $1 and s.status = 'open'
          for update of t, s`,
      [streamId],
    );
    const found = rows[0];
    if (!found) return [];
    await client.query(
      `update streams set status = 'failed', nodes = '{}', parked_in = null, decided_at = $2::bigint, sequence = sequence + 1, recorded_at = now() where id = $1`,
      [streamId, atMs],
    );
    await client.query(
      `update node_instances set status = 'finished', outcome = 'superseded', open_slots = 0, assignee = null, lease_until = null,
              finished_at = to_timestamp($2::bigint / 1000.0), version = version + 1
        where stream_id = $1 and status in ('available', 'claimed', 'submitted', 'escalated', 'quarantined', 'deferred')`,
      [streamId, atMs],
    );
    await client.query(
      `insert into timeline (task_id, stream_id, sequence, position, decided_at, at, type, detail)
       select $2, id, sequence, 0, $3::bigint, to_timestamp($3::bigint / 1000.0), 'failed', jsonb_build_object('cause', $4::text) from streams where id = $1`,
      [streamId, found.task_id, atMs, cause],
    );
    await client.query('update tasks set failure = $2 where id = $1', [found.task_id, cause]);
    await client.query('select update_task($1, $2)', [found.task_id, found.cycle_id]);
    await client.query(
      `insert into outbox (project_id, pipeline_id, task_id, stream_id, sequence, decided_at, types, transaction, was, status)
       select t.project_id, t.pipeline_id, t.id, s.id, s.sequence, s.decided_at, '{failed}', pg_current_xact_id()::text::bigint, $2, t.status
         from streams s, tasks t where s.id = $1 and t.id = $3`,
      [streamId, found.was, found.task_id],
    );
    const others = await client.query<{ id: string }>(
      `select id from streams where cycle_id = $1 and status = 'open' and id <> $2`,
      [found.cycle_id, streamId],
    );
    return others.rows.map(({ id }) => id);
  });
}
