// Seeders and how far they are.
import type pg from 'pg';
import type { SeederSource, seederStates } from '../../core/entry.js';

export interface Seeder {
  id: string;
  projectId: string;
  pipelineId: string;
  batchId: string;
  keep: number;
  /** Of its tasks, those that nobody has taken; counted no further than `keep`. */
  available: number;
  source: SeederSource;
  state: (typeof seederStates)[number];
  cursor: string | null;
  drained: boolean;
  fetched: number;
  buffered: number;
  seeded: number;
  duplicates: number;
  rejected: number;
  lastError: string | null;
  failures: number;
  retryAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** An index holds only what was not taken, so the count costs what is kept, not what is open. */
const columns = `s.id, s.project_id as "projectId", s.pipeline_id as "pipelineId", s.batch_id as "batchId", s.keep, s.source, s.state,
  (select count(*) from (select from tasks t where t.batch_id = s.batch_id and t.status = 'pending' limit s.keep) u) as available,
  s.cursor, s.drained, s.fetched, s.buffered, s.seeded, s.duplicates, s.rejected, s.last_error as "lastError", s.failures,
  s.retry_at as "retryAt", s.created_at as "createdAt", s.updated_at as "updatedAt"`;

export async function findSeeder(client: pg.Pool | pg.PoolClient, id: string): Promise<Seeder | undefined> {
  return (await client.query<Seeder>(`select ${columns} from seeders s where s.id = $1`, [id])).rows[0];
}

export async function listSeeders(
  pool: pg.Pool,
  asked: { projectId: string; pipelineId?: string | undefined; after: string; limit: number },
): Promise<Seeder[]> {
  const text = `select ${columns} from seeders s
                 where s.project_id = $1 and ($2::text is null or s.pipeline_id = $2) and s.id > $3 order by s.id limit $4`;
  const { projectId, pipelineId = null, after, limit } = asked;
  return (await pool.query<Seeder>(text, [projectId, pipelineId, after, limit])).rows;
}
