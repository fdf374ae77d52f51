// Values on their way in: immutable payloads by hash, and drafts of holders.
import type pg from 'pg';

/** Values that nothing referred to, and that housekeeping may be about to take away, are as good as new. */
export async function storePayload(pool: pg.Pool, projectId: string, hash: string, values: unknown): Promise<void> {
  await pool.query({
    name: 'payload-store',
    text: `with found as (
             update payloads set orphaned_at = null, created_at = now()
              where project_id = $1 and hash = $2 and orphaned_at is not null
             returning 1
           ), looked as (select count(*) from found)
           insert into payloads (project_id, hash, values) select $1, $2, $3::jsonb from looked
           on conflict (project_id, hash) do nothing`,
    values: [projectId, hash, JSON.stringify(values)],
  });
}

export interface DraftOf {
  projectId: string;
  instanceId: string;
  memberId: string;
}

export async function saveDraft(
  pool: pg.Pool,
  { projectId, instanceId, memberId }: DraftOf,
  values: unknown,
): Promise<void> {
  await pool.query(
    `insert into drafts (project_id, instance_id, member_id, values) values ($1, $2, $3, $4)
     on conflict (instance_id, member_id) do update set values = excluded.values, updated_at = now()`,
    [projectId, instanceId, memberId, JSON.stringify(values)],
  );
}

/** What a refused command brought: values where it had any, else those kept before stay. */
export async function saveRefused(
  pool: pg.Pool,
  { projectId, instanceId, memberId }: DraftOf,
  { values, remarks }: { values: unknown; remarks: Record<string, unknown> | null },
): Promise<void> {
  await pool.query(
    `insert into drafts (project_id, instance_id, member_id, values, remarks)
     values ($1, $2, $3, coalesce($4::jsonb, 'null'), $5)
     on conflict (instance_id, member_id) do update
       set values = coalesce($4::jsonb, drafts.values), remarks = coalesce(excluded.remarks, drafts.remarks), updated_at = now()`,
    [projectId, instanceId, memberId, values === undefined ? null : JSON.stringify(values), remarks],
  );
}

/** The live setting of the instance's node, else the one of its version. */
const handedOn = `coalesce((select (s.settings ->> 'handOnDrafts')::boolean
    from node_instances n join node_settings s on s.pipeline_id = n.pipeline_id and s.node = n.node where n.id = $1), $3)`;

/** What a member had begun at the node in an earlier cycle of the task, which was replaced; nothing was handed in there since. */
const ofReplaced = `
  select d.values, null::jsonb as remarks, d.updated_at, 2 as place
    from node_instances n
    join streams s on s.id = n.stream_id
    join node_instances f on f.task_id = n.task_id and f.node = n.node and f.submission_id is null
    join streams fs on fs.id = f.stream_id and fs.cycle_id <> s.cycle_id
    join drafts d on d.instance_id = f.id and d.member_id = $2
   where n.id = $1
     and not exists (select from submissions h where h.task_id = n.task_id and h.node = n.node and h.submitted_at > d.updated_at)`;

/** A member's own draft, else, where drafts are handed on, the last of another one, else their own of a cycle that was replaced. */
export async function findDraft(
  pool: pg.Pool,
  instanceId: string,
  memberId: string,
  versionHandsOn: boolean,
): Promise<Draft | undefined> {
  const text = `
    select values, remarks, updated_at as "updatedAt" from (
      select values, remarks, updated_at, case member_id when $2 then 0 else 1 end as place
        from drafts where instance_id = $1 and (member_id = $2 or ${handedOn})
      union all ${ofReplaced}
    ) as found order by place, updated_at desc limit 1`;
  const values = [instanceId, memberId, versionHandsOn];
  return (await pool.query<Draft>({ name: 'draft-find', text, values })).rows[0];
}

export interface Draft {
  values: unknown;
  /** What a command that was refused said beside them. */
  remarks: Record<string, unknown> | null;
  updatedAt: Date;
}

/** The member's own, whatever became of the work. */
export async function ownDraft(pool: pg.Pool, instanceId: string, memberId: string): Promise<Draft | undefined> {
  const text =
    'select values, remarks, updated_at as "updatedAt" from drafts where instance_id = $1 and member_id = $2';
  return (await pool.query<Draft>(text, [instanceId, memberId])).rows[0];
}
