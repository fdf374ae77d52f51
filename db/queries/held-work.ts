// What a member holds, or what is kept for them, where they can work no longer.
import type pg from 'pg';
import type { NodeKind } from '../../core/pipeline.js';
import type { Role } from '../../core/roles.js';
import { kindsOf } from '../../core/roles.js';

/** Where somebody still works; waits for a change of theirs that is under way. */
async function kindsStillOf(pool: pg.Pool, projectId: string, memberId: string): Promise<string[]> {
  const { rows } = await pool.query<{ role: Role; left: boolean }>(
    'select role, removed_at is not null as left from members where project_id = $1 and id = $2 for share',
    [projectId, memberId],
  );
  const [member] = rows;
  return member && !member.left ? kindsOf(member.role) : [];
}

interface Asked {
  projectId: string;
  memberId: string;
  /** The id of the last one seen. */
  after: string;
  limit: number;
}

/** In the order of their ids. */
export async function workToFree(pool: pg.Pool, { projectId, memberId, after, limit }: Asked): Promise<string[]> {
  const kinds = await kindsStillOf(pool, projectId, memberId);
  const { rows } = await pool.query<{ id: string }>(
    `(select id from node_instances
       where project_id = $1 and assignee = $2 and status = 'claimed' and kind <> all ($3::text[]) and id > $4)
      union
     (select id from node_instances
       where project_id = $1 and reserved_for = $2 and status = 'available' and kind <> all ($3::text[]) and id > $4
       order by id limit $5)
      order by id limit $5`,
    [projectId, memberId, kinds, after, limit],
  );
  return rows.map(({ id }) => id);
}

/** For whom work of a task is kept; without a role where they have left. */
export async function reservationsOf(
  pool: pg.Pool,
  taskId: string,
): Promise<{ projectId: string; memberId: string; kind: NodeKind; role: Role | null }[]> {
  const { rows } = await pool.query<{ projectId: string; memberId: string; kind: NodeKind; role: Role | null }>(
    `select distinct n.project_id as "projectId", n.reserved_for as "memberId", n.kind, m.role
       from node_instances n left join members m on m.id = n.reserved_for and m.removed_at is null
      where n.task_id = $1 and n.status = 'available' and n.reserved_for is not null`,
    [taskId],
  );
  return rows;
}
