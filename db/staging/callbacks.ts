// Tokens by which external programs answer. Only their hash is kept.
import type pg from 'pg';

export interface NewCallback {
  /** SHA-256 of the token, hex. */
  hash: string;
  instanceId: string;
  memberId: string;
  projectId: string;
}

export async function storeCallback(
  pool: pg.Pool,
  { hash, instanceId, memberId, projectId }: NewCallback,
): Promise<void> {
  await pool.query('insert into callbacks (hash, instance_id, member_id, project_id) values ($1, $2, $3, $4)', [
    hash,
    instanceId,
    memberId,
    projectId,
  ]);
}
