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

/** A member's own draft, else, where drafts are handed on, the last of another one. */
export async function findDraft(
  pool: pg.Pool,
  instanceId: string,
  memberId: string,
  versionHandsOn: boolean,
): Promise<Draft | undefined> {
  const text = `select values, remarks, updated_at as "updatedAt" from drafts where instance_id = $1 and (member_id = $2 or ${handedOn})
                 order by member_id = $2 desc, updated_at desc limit 1`;
  return (await pool.query<Draft>(text, [instanceId, memberId, versionHandsOn])).rows[0];
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
