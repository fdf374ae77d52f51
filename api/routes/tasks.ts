// Tasks: create one or many, list, detail with nodes and timeline, counts.
import { setTimeout } from 'node:timers/promises';
import { Router } from 'express';
import { z } from 'zod';
import { isManager } from '../../core/roles.js';
import { findCycle } from '../../db/queries/cycle-rows.js';
import { countToStart, cyclesOf } from '../../db/queries/cycles-to-start.js';
import { findMember } from '../../db/queries/members.js';
import { instancesOf } from '../../db/queries/node-instances.js';
import { reviewsOf, submissionsOf } from '../../db/queries/submissions.js';
import { countTasks, findTask, findTasks, listTasks } from '../../db/queries/tasks.js';
import { timelineOf } from '../../db/queries/timeline.js';
import { inLanes } from '../../lanes.js';
import { blindNodes } from '../blindness.js';
import { cursorOf, pageOf, pageQuery, readToken } from '../contract/pagination.js';
import { createTasks, listTasks as listQuery } from '../contract/tasks.js';
import type { Forms } from '../forms.js';
import { once } from '../idempotency.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { taskOf } from '../task-commands.js';
import { storeInBatch } from '../store-in-batch.js';
import { nodesView, taskView } from '../task-view.js';
import { pipelineOf } from '../named-pipeline.js';

const startAtOnce = 8;
const firstLookMs = 10;
const lastLookMs = 250;
/** Past that the answer is true all the same: the tasks are there, their first nodes are still pending. */
const recordedWithinMs = 5_000;
const timelineCursor = z.object({
  decidedAt: z.number(),
  streamId: z.string(),
  sequence: z.number(),
  position: z.number(),
});

export function taskRoutes(services: Services, forms: Forms): Router {
  const router = Router();
  addCreation(router, services);
  addLists(router, services);
  addDetails(router, services, forms);
  return router;
}

function addCreation(router: Router, services: Services): void {
  const { pool, client } = services;

  /** Starts the cycles and waits until each has recorded what it opened, so that the work can be claimed at once. */
  async function start(taskIds: readonly string[]): Promise<void> {
    await inLanes(startAtOnce, await cyclesOf(pool, taskIds), (cycle) => client.startCycle(cycle));
    const deadline = Date.now() + recordedWithinMs;
    for (let wait = firstLookMs; (await countToStart(pool, taskIds)) > 0 && Date.now() < deadline; wait *= 2) {
      await setTimeout(Math.min(wait, lastLookMs));
    }
  }

  router.post('/pipelines/:pipeline/tasks', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireManager(caller);
    const body = createTasks.parse(req.body);
    const many = 'tasks' in body;
    await once(services, caller, req, res, body, async ({ updateId }) => {
      const { projectId, id: pipelineId, versionId } = pipeline;
      const described = many ? body.tasks : [body];
      const batch = { updateId, name: body.batch };
      const { ids, duplicates } = await storeInBatch(pool, { projectId, pipelineId, versionId }, described, batch);
      await start(ids);
      const stored = new Map((await findTasks(pool, ids)).map((task) => [task.id, taskView(task, caller)]));
      const tasks = ids.flatMap((id) => stored.get(id) ?? []);
      if (many) return { status: 201, body: { items: tasks, duplicates: duplicates.length } };
      if (tasks[0]) return { status: 201, body: tasks[0] };
      const existing = await findTask(pool, duplicates[0]?.existing ?? '');
      return { status: 200, body: existing && taskView(existing, caller) };
    });
  });
}

function addLists(router: Router, services: Services): void {
  const { pool } = services;

  router.get('/pipelines/:pipeline/tasks', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    const { limit, pageToken, assignee, ...filter } = listQuery.parse(req.query);
    const member = assignee === undefined ? undefined : await findMember(pool, pipeline.projectId, assignee);
    const rows = await listTasks(pool, {
      ...filter,
      pipelineId: pipeline.id,
      isPaused: pipeline.pausedAt !== null,
      assignee: assignee === undefined ? undefined : (member?.id ?? assignee),
      // Who is at a vote is for managers, and for who it is.
      exceptVotes: !isManager(caller.role) && member?.id !== caller.memberId,
      exceptNodes: member?.id === caller.memberId ? [] : (await blindNodes(services, caller, pipeline.id)).nodes,
      after: cursorOf(pageToken),
      limit: limit + 1,
    });
    res.json(
      pageOf(
        rows.map((task) => taskView(task, caller)),
        limit,
        ({ id }) => id,
      ),
    );
  });

  router.get('/pipelines/:pipeline/counts', async (req, res) => {
    const { pipeline } = await pipelineOf(services, req, req.params.pipeline);
    z.strictObject({}).parse(req.query);
    res.json({ items: await countTasks(pool, pipeline.id) });
  });
}

function addDetails(router: Router, services: Services, forms: Forms): void {
  const { pool } = services;
  router.get('/tasks/:task', async (req, res) => {
    const caller = callerOf(req);
    const task = await taskOf(services, caller, req.params.task);
    res.setHeader('ETag', `"${String(task.version)}"`);
    res.json(taskView(task, caller));
  });

  router.get('/tasks/:task/nodes', async (req, res) => {
    const caller = callerOf(req);
    const task = await taskOf(services, caller, req.params.task);
    const cycle = await findCycle(pool, task.cycleId);
    if (!cycle) throw new Refusal('NOT_FOUND');
    const rows = {
      visits: await instancesOf(pool, task.id),
      submissions: await submissionsOf(pool, task.id),
      reviews: await reviewsOf(pool, task.id),
    };
    const items = nodesView(await forms.definition(cycle.versionId), cycle, rows, {
      caller,
      blind: await blindNodes(services, caller, task.pipelineId),
    });
    res.json({ taskId: task.id, status: task.status, version: task.version, items });
  });

  router.get('/tasks/:task/timeline', async (req, res) => {
    const caller = callerOf(req);
    const task = await taskOf(services, caller, req.params.task);
    const { limit, pageToken } = pageQuery.parse(req.query);
    const after = readToken(timelineCursor, pageToken);
    const everything = isManager(caller.role);
    // Others' doings, votes among them, are for managers.
    const actor = everything ? undefined : caller.memberId;
    const rows = await timelineOf(pool, { taskId: task.id, after, actor, limit: limit + 1 });
    const page = pageOf(rows, limit, ({ cursor }) => JSON.stringify(cursor));
    res.json({ ...page, items: page.items.map(({ cursor: _, ...entry }) => entry) });
  });
}
