// Who answers for what, by a callback token's hash.
import type pg from 'pg';
import type { PipelineClock } from '../../core/clock.js';

export interface Callback {
  hash: string;
  memberId: string;
  instance: {
    clock: PipelineClock | null;
    id: string;
    streamId: string;
    taskId: string;
    projectId: string;
    versionId: string;
    node: string;
  };
}

export async function findCallback(pool: pg.Pool, hash: string): Promise<Callback | undefined> {
  const { rows } = await pool.query<Callback>(
    `select c.hash, c.member_id as "memberId",
            json_build_object('id', n.id, 'streamId', n.stream_id, 'taskId', n.task_id, 'projectId', n.project_id,
              'versionId', n.version_id, 'node', n.node, 'clock', pipeline_clock(p)) as instance
       from callbacks c join node_instances n on n.id = c.instance_id
       join pipelines p on p.id = n.pipeline_id where c.hash = $1`,
    [hash],
  );
  return rows[0];
}
