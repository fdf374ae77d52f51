// What was asked with an Idempotency-Key, and what was answered.
import type pg from 'pg';

export interface KeyedRequest {
  projectId: string;
  key: string;
  memberId: string;
  requestHash: string;
  updateId: string;
}

export interface KeyedAnswer {
  memberId: string;
  requestHash: string;
  status: number | null;
  answer: unknown;
}

/** Remembers a request; answers with what is known of the key where it was used before. */
export async function rememberRequest(pool: pg.Pool, request: KeyedRequest): Promise<KeyedAnswer | undefined> {
  const { rows } = await pool.query<KeyedAnswer & { fresh: boolean }>({
    name: 'idempotency-remember',
    text: `with added as (
             insert into idempotency_keys (project_id, key, member_id, request_hash, update_id) values ($1, $2, $3, $4, $5)
             on conflict (project_id, key) do nothing
             returning 1
           )
           select member_id as "memberId", request_hash as "requestHash", status, answer, false as fresh
             from idempotency_keys where project_id = $1 and key = $2 and not exists (select 1 from added)`,
    values: [request.projectId, request.key, request.memberId, request.requestHash, request.updateId],
  });
  return rows[0];
}

export async function rememberAnswer(
  pool: pg.Pool,
  { projectId, key, status, answer }: { projectId: string; key: string; status: number; answer: unknown },
): Promise<void> {
  await pool.query({
    name: 'idempotency-answer',
    text: 'update idempotency_keys set status = $3, answer = $4 where project_id = $1 and key = $2',
    values: [projectId, key, status, JSON.stringify(answer)],
  });
}
