// The people of a project, and the keys they use.
import type pg from 'pg';
import type { Role } from '../../core/roles.js';

export interface Member {
  id: string;
  email: string;
  name: string | null;
  role: Role;
}

interface PageOf {
  projectId: string;
  /** The id of the last one seen. */
  after: string;
  limit: number;
}

export async function listMembers(pool: pg.Pool, { projectId, after, limit }: PageOf): Promise<Member[]> {
  const text = `select id, email, name, role from members
                 where project_id = $1 and id > $2 and removed_at is null order by id limit $3`;
  return (await pool.query<Member>(text, [projectId, after, limit])).rows;
}

/** By id or by email. */
export async function findMember(pool: pg.Pool, projectId: string, who: string): Promise<Member | undefined> {
  const text = `select id, email, name, role from members
                 where project_id = $1 and (id = $2 or lower(email) = lower($2)) and removed_at is null`;
  return (await pool.query<Member>(text, [projectId, who])).rows[0];
}

export interface ApiKey {
  id: string;
  name: string;
  memberId: string;
  expiresAt: Date | null;
  createdAt: Date;
}

export async function listKeys(pool: pg.Pool, { projectId, after, limit }: PageOf): Promise<ApiKey[]> {
  const text = `select id, name, member_id as "memberId", expires_at as "expiresAt", created_at as "createdAt" from api_keys
                 where project_id = $1 and id > $2 and revoked_at is null order by id limit $3`;
  return (await pool.query<ApiKey>(text, [projectId, after, limit])).rows;
}
