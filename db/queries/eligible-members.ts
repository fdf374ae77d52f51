// Whether anybody is left who may work at a node instance.
import type pg from 'pg';
import type { Role } from '../../core/roles.js';

/**
 * Members of these roles who are not ruled out, by an earlier step or since they gave it back. Of a vote it is those who have no
 * slot in the round, and there have to be more of them than its other open slots need.
 */
export async function anybodyEligible(
  pool: pg.Pool,
  { instanceId, except, roles }: { instanceId: string; except: string; roles: readonly Role[] },
): Promise<boolean> {
  const { rows } = await pool.query<{ anybody: boolean }>(
    `select count(m.id) > (
         select count(*) from node_instances other
          where other.parent_id = n.parent_id and other.id <> n.id and other.status = 'available') as anybody
       from node_instances n
       left join node_instances vote on vote.id = n.parent_id
       left join members m on m.project_id = n.project_id and m.removed_at is null and m.role = any ($2::text[])
         and m.id <> $3 and m.id <> all (n.excluded) and m.id <> all (coalesce(vote.excluded, '{}'))
         and not exists (
           select 1 from node_instances slot where slot.parent_id = n.parent_id and m.id in (slot.assignee, slot.performer))
      where n.id = $1
      group by n.id`,
    [instanceId, roles, except],
  );
  return rows[0]?.anybody ?? false;
}
