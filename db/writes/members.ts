// Configuration of a project's people: no cycle owns these rows, so the API writes them.
import type pg from 'pg';
import type { Role } from '../../core/roles.js';
import { inTransaction } from '../connection.js';
import type { Member } from '../queries/members.js';

const changed = (result: pg.QueryResult): boolean => result.rowCount === 1;

/**
 * Undefined where the email is another member's. Who was removed comes back under their old id, with none of their old keys. `again`: an
 * earlier try may have added them, under the id asked for or the old one.
 */
export async function addMember(
  pool: pg.Pool,
  projectId: string,
  member: Member,
  again: boolean,
): Promise<Member | undefined> {
  const { rows } = await pool.query<Member>(
    `with added as (
       insert into members as m (id, project_id, email, name, role) values ($1, $2, $3, $4, $5)
       on conflict (project_id, lower(email)) do update
         set email = excluded.email, name = coalesce(excluded.name, m.name), role = excluded.role, removed_at = null
       where m.removed_at is not null
       returning id, email, name, role
     ), revoked as (
       update api_keys set revoked_at = now() where member_id in (select id from added) and revoked_at is null
     )
     select id, email, name, role from added
     union all
     select id, email, name, role from members
      where project_id = $2 and lower(email) = lower($3) and removed_at is null and $6 and (id = $1 or role = $5)`,
    [member.id, projectId, member.email, member.name, member.role, again],
  );
  return rows[0];
}

/** What follows a change; where it can't be started the change is not made. What it starts waits for the row to be free. */
type Following = () => Promise<void>;

export async function changeMember(
  pool: pg.Pool,
  projectId: string,
  id: string,
  change: { name?: string | undefined; role?: Role | undefined },
  following: Following,
): Promise<Member | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Member>(
      `update members set name = coalesce($3, name), role = coalesce($4, role)
        where project_id = $1 and id = $2 and removed_at is null returning id, email, name, role`,
      [projectId, id, change.name ?? null, change.role ?? null],
    );
    if (rows[0] && change.role !== undefined) await following();
    return rows[0];
  });
}

/** Their keys stop working; what they did keeps their name. */
export async function removeMember(
  pool: pg.Pool,
  projectId: string,
  id: string,
  following: Following,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const removed = await client.query(
      'update members set removed_at = now() where project_id = $1 and id = $2 and removed_at is null',
      [projectId, id],
    );
    if (changed(removed)) await following();
    return changed(removed);
  });
}

export interface NewKey {
  id: string;
  memberId: string;
  name: string;
  hash: string;
  expiresAt: string | null;
}

/** False where the member is none of the project's. */
export async function addKey(pool: pg.Pool, projectId: string, key: NewKey): Promise<boolean> {
  return changed(
    await pool.query(
      `insert into api_keys (id, project_id, member_id, name, hash, expires_at)
       select $1, $2, m.id, $4, $5, $6 from members m where m.id = $3 and m.project_id = $2 and m.removed_at is null`,
      [key.id, projectId, key.memberId, key.name, key.hash, key.expiresAt],
    ),
  );
}

export async function revokeKey(pool: pg.Pool, projectId: string, id: string): Promise<boolean> {
  return changed(
    await pool.query(
      'update api_keys set revoked_at = now() where project_id = $1 and id = $2 and revoked_at is null',
      [projectId, id],
    ),
  );
}
