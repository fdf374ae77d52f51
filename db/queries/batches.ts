// How far a batch is.
import type pg from 'pg';

export interface Batch {
  id: string;
  projectId: string;
  pipelineId: string;
  kind: 'import' | 'api' | 'seeder' | 'trigger';
  status: 'open' | 'closed';
  tasks: number;
  /** Tasks whose cycle has begun. */
  started: number;
  createdAt: Date;
}

export async function findBatch(pool: pg.Pool, id: string): Promise<Batch | undefined> {
  const { rows } = await pool.query<Batch>(
    `select b.id, b.project_id as "projectId", b.pipeline_id as "pipelineId", b.kind, b.status, b.created_at as "createdAt",
            count(t.id) as tasks, count(t.id) filter (where t.version > 0) as started
       from batches b left join tasks t on t.batch_id = b.id
      where b.id = $1 group by b.id`,
    [id],
  );
  return rows[0];
}
