// Publishes pipeline versions. A version is immutable; running cycles stay on theirs.
import type pg from 'pg';
import type { PipelineDefinition } from '../../core/pipeline.js';
import type { Plan } from '../../core/plan-node.js';
import { inTransaction } from '../connection.js';

export interface NewVersion {
  versionId: string;
  definition: PipelineDefinition;
  plan: Plan;
}

/** False where the name is taken in the project. */
export async function addPipeline(
  pool: pg.Pool,
  { id, projectId, ...version }: NewVersion & { id: string; projectId: string },
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const added = await client.query(
      'insert into pipelines (id, project_id, name, version) values ($1, $2, $3, 1) on conflict (project_id, name) do nothing',
      [id, projectId, version.definition.name],
    );
    if (added.rowCount !== 1) return false;
    await addVersion(client, id, 1, version);
    return true;
  });
}

/** The number of the new version, which new cycles start with; undefined where the name is another pipeline's. */
export async function publishVersion(pool: pg.Pool, id: string, version: NewVersion): Promise<number | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ version: number }>(
      `update pipelines p set version = version + 1, name = $2
        where id = $1 and not exists (select 1 from pipelines o where o.project_id = p.project_id and o.name = $2 and o.id <> $1)
        returning version`,
      [id, version.definition.name],
    );
    const number = rows[0]?.version;
    if (number === undefined) return undefined;
    await addVersion(client, id, number, version);
    return number;
  });
}

async function addVersion(
  client: pg.PoolClient,
  pipelineId: string,
  number: number,
  version: NewVersion,
): Promise<void> {
  await client.query(
    'insert into pipeline_versions (id, pipeline_id, version, definition, plan) values ($1, $2, $3, $4, $5)',
    [version.versionId, pipelineId, number, JSON.stringify(version.definition), JSON.stringify(version.plan)],
  );
}
