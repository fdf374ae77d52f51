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

/** The live setting of the instance's node, else the one of its version. */
const handedOn = `coalesce((select (s.settings ->> 'handOnDrafts')::boolean
    from node_instances n join node_settings s on s.pipeline_id = n.pipeline_id and s.node = n.node where n.id = $1), $3)`;

/** What a member had begun at the node in an earlier cycle of the task, which was replaced; nothing was handed in there since. */
const ofReplaced = `
  select d.values
    from node_instances n
    join streams s on s.id = n.stream_id
    join node_instances f on f.task_id = n.task_id and f.node = n.node and f.submission_id is null
    join streams fs on fs.id = f.stream_id and fs.cycle_id <> s.cycle_id
    join drafts d on d.instance_id = f.id and d.member_id = $2
   where n.id = $1
     and not exists (select from submissions h where h.task_id = n.task_id and h.node = n.node and h.submitted_at > d.updated_at)
   order by d.updated_at desc limit 1`;

/** A member's own draft, else, where drafts are handed on, the last of another one. */
export async function findDraft(
  pool: pg.Pool,
  instanceId: string,
  memberId: string,
  versionHandsOn: boolean,
): Promise<{ values: unknown } | undefined> {
  const text = `select values from drafts where instance_id = $1 and (member_id = $2 or ${handedOn})
                 order by member_id = $2 desc, updated_at desc limit 1`;
  const [own] = (await pool.query<{ values: unknown }>(text, [instanceId, memberId, versionHandsOn])).rows;
  return own ?? (await pool.query<{ values: unknown }>(ofReplaced, [instanceId, memberId])).rows[0];
}
