// Executions of a task or of a node: runs of programs, and visits that people work at; one of them in full.
import { Router } from 'express';
import { z } from 'zod';
import {
  executedBy,
  executionsOfNode,
  executionsOfTask,
  executionStatuses,
  findExecution,
} from '../../db/queries/executions.js';
import { pageOf, pageQuery, readToken } from '../contract/pagination.js';
import { executionInFull, executionView } from '../execution-view.js';
import type { Forms } from '../forms.js';
import { callerOf } from '../middleware/authenticate.js';
import { pipelineOf } from '../named-pipeline.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { taskOf } from '../task-commands.js';

const ofNode = pageQuery.extend({ status: z.enum(executionStatuses).optional() });
const ofTask = pageQuery.extend({ by: z.enum(executedBy).optional() });
const cursor = z.tuple([z.string(), z.number().int()]);
const taskCursor = z.tuple([z.iso.datetime(), z.string(), z.number().int()]);

/** A node's id is its pipeline's id and its key, with a dot between. */
function nodeIdOf(id: string): { pipelineId: string; node: string } {
  const dot = id.indexOf('.');
  if (dot < 1) throw new Refusal('NOT_FOUND');
  return { pipelineId: id.slice(0, dot), node: id.slice(dot + 1) };
}

export function executionRoutes(services: Services, forms: Forms): Router {
  const { pool } = services;
  const router = Router();

  router.get('/tasks/:task/executions', async (req, res) => {
    const caller = callerOf(req);
    const task = await taskOf(services, caller, req.params.task);
    const { limit, pageToken, by } = ofTask.parse(req.query);
    const after = readToken(taskCursor, pageToken);
    const rows = await executionsOfTask(pool, { taskId: task.id, by, after, limit: limit + 1 });
    const page = pageOf(rows, limit, ({ listedAt, id, attempt }) => JSON.stringify([listedAt, id, attempt]));
    res.json({ ...page, items: page.items.map((execution) => executionView(execution, caller)) });
  });

  router.get('/executions/:execution', async (req, res) => {
    const caller = callerOf(req);
    const execution = await findExecution(pool, req.params.execution);
    if (execution?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
    res.json(await executionInFull(services, forms, execution, caller));
  });

  router.get('/nodes/:node/executions', async (req, res) => {
    const { pipelineId, node } = nodeIdOf(req.params.node);
    const { caller } = await pipelineOf(services, req, pipelineId);
    const { limit, pageToken, status } = ofNode.parse(req.query);
    const [id, attempt] = readToken(cursor, pageToken) ?? [];
    const before = id === undefined || attempt === undefined ? undefined : { id, attempt };
    const rows = await executionsOfNode(pool, { pipelineId, node, status, before, limit: limit + 1 });
    const page = pageOf(rows, limit, ({ id, attempt }) => JSON.stringify([id, attempt]));
    res.json({ ...page, items: page.items.map((execution) => executionView(execution, caller)) });
  });

  return router;
}
