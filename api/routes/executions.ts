// Runs of programs, of a task or of a node. What they were asked and answered is the task's; costs are for managers.
import { Router } from 'express';
import { z } from 'zod';
import { isManager } from '../../core/roles.js';
import { executionsOfNode, executionsOfTask } from '../../db/queries/executions.js';
import type { Execution } from '../../db/queries/executions.js';
import { findPipeline } from '../../db/queries/pipelines.js';
import type { BlindNodes } from '../../db/queries/blind-nodes.js';
import { blindNodes } from '../blindness.js';
import { cursorOf, pageOf, pageQuery } from '../contract/pagination.js';
import type { Caller } from '../middleware/authenticate.js';
import { callerOf } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { taskOf } from '../task-commands.js';

const ofNode = pageQuery.extend({ status: z.enum(['running', 'succeeded', 'failed']).optional() });
const cursor = z.tuple([z.string(), z.number().int()]);
const taskCursor = z.tuple([z.iso.datetime(), z.string(), z.number().int()]);

/** At a node that is judged without names, who worked there is not told. */
function shown(execution: Execution, { role, memberId }: Caller, { nodes }: BlindNodes) {
  const { cost, inputTokens, outputTokens, ...open } = execution;
  if (isManager(role)) return { ...open, cost, inputTokens, outputTokens };
  return nodes.includes(open.node) && open.actor !== memberId ? { ...open, actor: null } : open;
}

function readToken<T>(shape: z.ZodType<T>, pageToken: string): T {
  try {
    return shape.parse(JSON.parse(cursorOf(pageToken)));
  } catch {
    throw new Refusal('INVALID_REQUEST', 'that pageToken is none of ours');
  }
}

/** A node's id is its pipeline's id and its key, with a dot between. */
function nodeIdOf(id: string): { pipelineId: string; node: string } {
  const dot = id.indexOf('.');
  if (dot < 1) throw new Refusal('NOT_FOUND');
  return { pipelineId: id.slice(0, dot), node: id.slice(dot + 1) };
}

export function executionRoutes(services: Services): Router {
  const { pool } = services;
  const router = Router();

  router.get('/tasks/:task/executions', async (req, res) => {
    const caller = callerOf(req);
    const task = await taskOf(services, caller, req.params.task);
    const { limit, pageToken } = pageQuery.parse(req.query);
    const after = pageToken === undefined ? undefined : readToken(taskCursor, pageToken);
    const rows = await executionsOfTask(pool, { taskId: task.id, after, limit: limit + 1 });
    const page = pageOf(rows, limit, ({ startedAt, id, attempt }) => JSON.stringify([startedAt, id, attempt]));
    const blind = await blindNodes(services, caller, task.pipelineId);
    res.json({ ...page, items: page.items.map((execution) => shown(execution, caller, blind)) });
  });

  router.get('/nodes/:node/executions', async (req, res) => {
    const caller = callerOf(req);
    const { pipelineId, node } = nodeIdOf(req.params.node);
    const pipeline = await findPipeline(pool, pipelineId);
    if (pipeline?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
    const { limit, pageToken, status } = ofNode.parse(req.query);
    const [id, attempt] = pageToken === undefined ? [] : readToken(cursor, pageToken);
    const before = id === undefined || attempt === undefined ? undefined : { id, attempt };
    const rows = await executionsOfNode(pool, { pipelineId, node, status, before, limit: limit + 1 });
    const page = pageOf(rows, limit, ({ id, attempt }) => JSON.stringify([id, attempt]));
    const blind = await blindNodes(services, caller, pipelineId);
    res.json({ ...page, items: page.items.map((execution) => shown(execution, caller, blind)) });
  });

  return router;
}
