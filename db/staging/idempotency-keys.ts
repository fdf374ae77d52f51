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
  /** True where it was asked before. */
  again: boolean;
  firstAskedAt: Date;
}

/** Remembers a request; answers with what is known of its key. Of two first ones at once, the other waits and sees the one. */
export async function rememberRequest(pool: pg.Pool, request: KeyedRequest): Promise<KeyedAnswer> {
  const { rows } = await pool.query<KeyedAnswer>({
    name: 'idempotency-remember',
    text: `insert into idempotency_keys as k (project_id, key, member_id, request_hash, update_id) values ($1, $2, $3, $4, $5)
           on conflict (project_id, key) do update set key = k.key
           returning member_id as "memberId", request_hash as "requestHash", status, answer, xmax <> 0 as again,
                     created_at as "firstAskedAt"`,
    values: [request.projectId, request.key, request.memberId, request.requestHash, request.updateId],
  });
  const [known] = rows;
  if (!known) throw new Error('a request was not remembered');
  return known;
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
