// Who answers for what, by a callback token's hash.
import type pg from 'pg';

export interface Callback {
  hash: string;
  memberId: string;
  instance: { id: string; streamId: string; taskId: string; projectId: string; versionId: string; node: string };
}

export async function findCallback(pool: pg.Pool, hash: string): Promise<Callback | undefined> {
  const { rows } = await pool.query<Callback>(
    `select c.hash, c.member_id as "memberId",
            json_build_object('id', n.id, 'streamId', n.stream_id, 'taskId', n.task_id, 'projectId', n.project_id,
              'versionId', n.version_id, 'node', n.node) as instance
       from callbacks c join node_instances n on n.id = c.instance_id where c.hash = $1`,
    [hash],
  );
  return rows[0];
}
