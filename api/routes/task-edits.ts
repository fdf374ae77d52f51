// Edits of a task itself: its priority and its tags, whether its cycle is open or has ended.
import type { Request, Response } from 'express';
import { Router } from 'express';
import type { TaskEdit } from '../../core/edits.js';
import { taskIdentity } from '../../db/queries/cycles-to-start.js';
import { editPriority, editTags } from '../contract/tasks.js';
import { expectedVersion } from '../expected-version.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { changeAt, taskAnswer, taskOf } from '../task-commands.js';

export function taskEditRoutes(services: Services): Router {
  const { pool, client } = services;
  const router = Router();

  async function edit(taskId: string, actor: string, id: string, change: TaskEdit): Promise<Answer> {
    const task = await taskIdentity(pool, taskId);
    if (!task) throw new Refusal('NOT_FOUND');
    const outcome = await client.editTask(task, { id, actor: { id: actor }, edit: change });
    return taskAnswer(services, taskId, outcome);
  }

  async function act(
    req: Request,
    res: Response,
    taskId: string,
    { expectedVersion: inBody, ...change }: TaskEdit & { expectedVersion?: number | undefined },
  ) {
    const caller = requireManager(callerOf(req));
    const task = await taskOf(services, caller, taskId);
    const seen = expectedVersion(req, inBody);
    await once(services, caller, req, res, { ...change, expectedVersion: seen }, async ({ updateId: commandId }) =>
      changeAt(services, { task, seen, commandId }, () => edit(task.id, caller.memberId, commandId, change)),
    );
  }

  router.post('/tasks/:task/priority', async (req, res) => {
    await act(req, res, req.params.task, editPriority.parse(req.body));
  });

  router.post('/tasks/:task/tags', async (req, res) => {
    await act(req, res, req.params.task, editTags.parse(req.body));
  });

  return router;
}
