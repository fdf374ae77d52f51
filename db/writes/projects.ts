import type pg from 'pg';
import { inTransaction } from '../connection.js';
import type { Member } from '../queries/members.js';

export interface NewProject {
  id: string;
  name: string;
  admin: Member;
  key: { id: string; name: string; hash: string };
}

/** A project with its first admin and that admin's first key. False where the name is taken. */
export async function addProject(pool: pg.Pool, { id, name, admin, key }: NewProject): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const added = await client.query('insert into projects (id, name) values ($1, $2) on conflict (name) do nothing', [
      id,
      name,
    ]);
    if (added.rowCount !== 1) return false;
    await client.query('insert into members (id, project_id, email, name, role) values ($1, $2, $3, $4, $5)', [
      admin.id,
      id,
      admin.email,
      admin.name,
      admin.role,
    ]);
    await client.query('insert into api_keys (id, project_id, member_id, name, hash) values ($1, $2, $3, $4, $5)', [
      key.id,
      id,
      admin.id,
      key.name,
      key.hash,
    ]);
    return true;
  });
}

/** False where the name is taken. */
export async function renameProject(pool: pg.Pool, id: string, name: string): Promise<boolean> {
  const result = await pool.query(
    'update projects set name = $2 where id = $1 and not exists (select 1 from projects where name = $2 and id <> $1)',
    [id, name],
  );
  return result.rowCount === 1;
}
