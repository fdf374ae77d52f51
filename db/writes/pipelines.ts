// Publishes pipeline versions. A version is immutable; running cycles stay on theirs.
import type pg from 'pg';
import type { PipelineDefinition } from '../../core/pipeline.js';
import type { Plan, RetiredNode } from '../../core/plan-node.js';
import { retiredBy } from '../../core/plan-node.js';
import { inTransaction } from '../connection.js';

export interface NewVersion {
  versionId: string;
  definition: PipelineDefinition;
  plan: Plan;
}

/** False where the name is another pipeline's of the project. Added again with the same id it is the one that is there. */
export async function addPipeline(
  pool: pg.Pool,
  { id, projectId, ...version }: NewVersion & { id: string; projectId: string },
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const added = await client.query(
      'insert into pipelines (id, project_id, name, version) values ($1, $2, $3, 1) on conflict do nothing',
      [id, projectId, version.definition.name],
    );
    if (added.rowCount !== 1) return (await client.query('select from pipelines where id = $1', [id])).rowCount === 1;
    await addVersion(client, id, 1, version);
    return true;
  });
}

/**
 * The number of the new version, which new cycles start with; undefined where the name is another pipeline's. Published again with the same
 * id it is the version that is there.
 */
export async function publishVersion(pool: pg.Pool, id: string, version: NewVersion): Promise<number | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query('select from pipelines where id = $1 for no key update', [id]);
    const known = await client.query<{ version: number }>('select version from pipeline_versions where id = $1', [
      version.versionId,
    ]);
    if (known.rows[0]) return known.rows[0].version;
    const { rows } = await client.query<{ version: number }>(
      `update pipelines p set version = version + 1, name = $2
        where id = $1 and not exists (select 1 from pipelines o where o.project_id = p.project_id and o.name = $2 and o.id <> $1)
        returning version`,
      [id, version.definition.name],
    );
    const number = rows[0]?.version;
    if (number === undefined) return undefined;
    await retireNodes(client, id, number - 1, version.plan);
    await addVersion(client, id, number, version);
    return number;
  });
}

/** claim-next goes on to look for work at nodes of versions before. */
async function retireNodes(client: pg.PoolClient, id: string, last: number, next: Plan): Promise<void> {
  const { rows } = await client.query<{ plan: Plan; retired: RetiredNode[] }>(
    `select v.plan, p.retired from pipelines p join pipeline_versions v on v.pipeline_id = p.id and v.version = $2 where p.id = $1`,
    [id, last],
  );
  const [before] = rows;
  if (!before) return;
  const retired = retiredBy(next, before.plan, before.retired);
  await client.query('update pipelines set retired = $2 where id = $1', [id, JSON.stringify(retired)]);
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
