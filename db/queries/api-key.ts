// Who an API key belongs to.
import type pg from 'pg';
import type { Role } from '../../core/roles.js';

export interface KeyHolder {
  projectId: string;
  memberId: string;
  email: string;
  role: Role;
  expiresAt: Date | null;
}

/** By the hash of the secret; nobody where the key was revoked or its member removed. */
export async function keyHolder(pool: pg.Pool, hash: string): Promise<KeyHolder | undefined> {
  const { rows } = await pool.query<KeyHolder>({
    name: 'api-key',
    text: `select k.project_id as "projectId", m.id as "memberId", m.email, m.role, k.expires_at as "expiresAt"
             from api_keys k join members m on m.id = k.member_id
            where k.hash = $1 and k.revoked_at is null and m.removed_at is null`,
    values: [hash],
  });
  return rows[0];
}
