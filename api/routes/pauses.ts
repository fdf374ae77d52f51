// Pausing and resuming: a pipeline or a node of it by its one row, a task by its cycle.
import type { Request, Response } from 'express';
import { Router } from 'express';
import type { PauseCommand } from '../../core/pauses.js';
import { taskIdentity } from '../../db/queries/cycles-to-start.js';
import { pipelineClock } from '../../db/queries/pauses.js';
import type { Standing } from '../../db/queries/pipelines.js';
import { pauseNode, pausePipeline, resumeNode, resumePipeline } from '../../db/writes/pauses.js';
import { nothing, pausePipeline as pauseBody, turnTask } from '../contract/pauses.js';
import { expectedVersion } from '../expected-version.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { changeAt, taskAnswer, taskOf } from '../task-commands.js';
import { pipelineOf } from '../named-pipeline.js';
import { standingView } from '../standing-view.js';

type Turn = 'pause' | 'resume';

export function pauseRoutes(services: Services): Router {
  const router = Router();
  addPipelines(router, services);
  addNodes(router, services);
  addTasks(router, services);
  return router;
}

const answer = (id: string, standing: Standing): Answer => ({ status: 200, body: { id, ...standingView(standing) } });

function addPipelines(router: Router, services: Services): void {
  const { pool, client } = services;

  router.post('/pipelines/:pipeline/pause', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireManager(caller);
    const body = pauseBody.parse(req.body ?? {});
    await once(services, caller, req, res, body, async () =>
      answer(pipeline.id, await pausePipeline(pool, pipeline.id, body)),
    );
  });

  router.post('/pipelines/:pipeline/resume', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireManager(caller);
    await once(services, caller, req, res, nothing.parse(req.body ?? {}), async () => {
      const standing = await resumePipeline(pool, pipeline.id);
      // Also where it was resumed before: whoever did may have been lost in between.
      await client.startResume(pipeline.id, standing.pauseTurns);
      return answer(pipeline.id, standing);
    });
  });
}

function addNodes(router: Router, services: Services): void {
  const { pool, client } = services;

  async function turn(req: Request, res: Response, id: string, node: string, work: (id: string) => Promise<Standing>) {
    const { pipeline, caller } = await pipelineOf(services, req, id);
    requireManager(caller);
    if (!pipeline.plan.nodes.some(({ key }) => key === node)) throw new Refusal('NOT_FOUND');
    await once(services, caller, req, res, nothing.parse(req.body ?? {}), async () =>
      answer(pipeline.id, await work(pipeline.id)),
    );
  }

  router.post('/pipelines/:pipeline/nodes/:node/pause', async (req, res) => {
    const { pipeline, node } = req.params;
    await turn(req, res, pipeline, node, (id) => pauseNode(pool, id, node));
  });

  router.post('/pipelines/:pipeline/nodes/:node/resume', async (req, res) => {
    const { pipeline, node } = req.params;
    await turn(req, res, pipeline, node, async (id) => {
      const standing = await resumeNode(pool, id, node);
      await client.startResume(id, standing.pauseTurns, node);
      return standing;
    });
  });
}

function addTasks(router: Router, services: Services): void {
  const { pool, client } = services;

  async function ask(taskId: string, turn: Turn, command: PauseCommand): Promise<Answer> {
    const task = await taskIdentity(pool, taskId);
    if (!task) throw new Refusal('NOT_FOUND');
    const clock = await pipelineClock(pool, task.pipelineId);
    const outcome = await client.pauseTask(task, turn, { ...command, ...(clock ? { clock } : {}) });
    return taskAnswer(services, taskId, outcome);
  }

  async function act(req: Request, res: Response, taskId: string, turn: Turn): Promise<void> {
    const caller = requireManager(callerOf(req));
    const task = await taskOf(services, caller, taskId);
    const seen = expectedVersion(req, turnTask.parse(req.body ?? {}).expectedVersion);
    await once(
      services,
      caller,
      req,
      res,
      { ...(seen === undefined ? {} : { seen }) },
      async ({ updateId: commandId }) =>
        changeAt(services, { task, seen, commandId }, () =>
          ask(task.id, turn, { id: commandId, actor: { id: caller.memberId } }),
        ),
    );
  }

  router.post('/tasks/:task/pause', async (req, res) => {
    await act(req, res, req.params.task, 'pause');
  });

  router.post('/tasks/:task/resume', async (req, res) => {
    await act(req, res, req.params.task, 'resume');
  });
}
