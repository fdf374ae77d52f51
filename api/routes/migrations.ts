// Migrations: open tasks go on in another version of their pipeline, or it is said which could and which not.
import type { Request } from 'express';
import { Router } from 'express';
import type { Migration } from '../../db/queries/pipeline-migrations.js';
import {
  countsOf,
  findMigration,
  hasVersion,
  migratedCycles,
  reasonsOf,
} from '../../db/queries/pipeline-migrations.js';
import { addMigration } from '../../db/writes/pipeline-migrations.js';
import { listMigrated, startMigration } from '../contract/migrations.js';
import { cursorOf, pageOf } from '../contract/pagination.js';
import { derivedId } from '../../language/hashing.js';
import { once } from '../idempotency.js';
import { callerOf, requireAdmin, requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { pipelineOf } from '../named-pipeline.js';

export function migrationRoutes(services: Services): Router {
  const { pool, client } = services;
  const router = Router();

  async function migrationOf(req: Request, id: string): Promise<Migration> {
    const caller = requireManager(callerOf(req));
    const migration = await findMigration(pool, id);
    if (migration?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
    return migration;
  }

  async function requireVersions(pipelineId: string, versions: readonly (number | undefined)[]): Promise<void> {
    for (const version of versions) {
      if (version !== undefined && !(await hasVersion(pool, pipelineId, version))) {
        throw new Refusal('INVALID_REQUEST', `the pipeline has no version ${String(version)}`);
      }
    }
  }

  router.post('/pipelines/:pipeline/migrate', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireAdmin(caller);
    const body = startMigration.parse(req.body ?? {});
    await once(services, caller, req, res, body, async ({ updateId }) => {
      const { fromVersion, toVersion = pipeline.version, dryRun } = body;
      await requireVersions(pipeline.id, [fromVersion, toVersion]);
      const id = derivedId('mig', updateId);
      const about = { projectId: caller.projectId, pipelineId: pipeline.id, startedBy: caller.memberId };
      await addMigration(pool, { id, ...about, fromVersion: fromVersion ?? null, toVersion, dryRun });
      await client.startMigration(id);
      return {
        status: 201,
        body: { id, pipelineId: pipeline.id, fromVersion: fromVersion ?? null, toVersion, dryRun },
      };
    });
  });

  router.get('/migrations/:migration', async (req, res) => {
    const { projectId: _, ...migration } = await migrationOf(req, req.params.migration);
    const { id } = migration;
    res.json({ ...migration, counts: await countsOf(pool, id), reasons: await reasonsOf(pool, id) });
  });

  router.get('/migrations/:migration/cycles', async (req, res) => {
    const { id } = await migrationOf(req, req.params.migration);
    const { limit, pageToken, outcome } = listMigrated.parse(req.query);
    const rows = await migratedCycles(pool, { id, outcome, after: cursorOf(pageToken), limit: limit + 1 });
    res.json(pageOf(rows, limit, ({ cycleId }) => cycleId));
  });

  return router;
}
