// Batches: how far they and their checkpoints are, closing one, and what a checkpoint held.
import { Router } from 'express';
import { z } from 'zod';
import { answerWithinMs } from '../../core/limits.js';
import { findBatch, listBatches, projectOfBatch } from '../../db/queries/batches.js';
import { checkpointItems, findCheckpoint } from '../../db/queries/checkpoints.js';
import { cursorOf, pageOf, pageQuery, readToken } from '../contract/pagination.js';
import { listBatches as listQuery } from '../contract/tasks.js';
import { once } from '../idempotency.js';
import { callerOf, memberOf, requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';

const batchCursor = z.object({ createdAt: z.iso.datetime(), id: z.string() });

export function batchRoutes(services: Services): Router {
  const { pool, client } = services;
  const router = Router();

  router.get('/projects/:project/batches', async (req, res) => {
    const { projectId } = requireManager(memberOf(req, req.params.project));
    const { limit, pageToken, pipeline, node } = listQuery.parse(req.query);
    const after = readToken(batchCursor, pageToken);
    const batches = await listBatches(pool, { projectId, pipelineId: pipeline, node, after, limit: limit + 1 });
    res.json(pageOf(batches, limit, ({ id, createdAt }) => JSON.stringify({ createdAt, id })));
  });

  router.post('/batches/:batch/close', async (req, res) => {
    const caller = callerOf(req);
    const { batch } = req.params;
    if ((await projectOfBatch(pool, batch)) !== caller.projectId) throw new Refusal('NOT_FOUND');
    requireManager(caller);
    await once(services, caller, req, res, {}, async () => {
      await client.startBatchEnd(batch);
      if (!(await client.batchHasEnded(batch, answerWithinMs))) throw new Refusal('PENDING');
      return { status: 200, body: await findBatch(pool, batch) };
    });
  });

  router.get('/checkpoints/:checkpoint/items', async (req, res) => {
    const { projectId } = callerOf(req);
    const checkpoint = await findCheckpoint(pool, req.params.checkpoint);
    if (checkpoint?.projectId !== projectId) throw new Refusal('NOT_FOUND');
    const { limit, pageToken } = pageQuery.parse(req.query);
    const page = { id: checkpoint.id, after: cursorOf(pageToken), limit: limit + 1 };
    const items = (await checkpointItems(pool, page)).map(({ cycleId: _, ...item }) => item);
    res.json(pageOf(items, limit, ({ taskId }) => taskId));
  });

  return router;
}
