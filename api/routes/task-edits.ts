// Edits of a task itself: its priority and its tags, whether its cycle is open or has ended.
import type { Request, Response } from 'express';
import { Router } from 'express';
import type { TaskEdit } from '../../core/edits.js';
import { findTask } from '../../db/queries/tasks.js';
import { taskIdentity } from '../../db/queries/cycles-to-start.js';
import { editPriority, editTags } from '../contract/tasks.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { Refusal, refusalOf } from '../problem.js';
import type { Services } from '../services.js';

export function taskEditRoutes(services: Services): Router {
  const { pool, client } = services;
  const router = Router();

  async function edit(taskId: string, actor: string, id: string, change: TaskEdit): Promise<Answer> {
    const task = await taskIdentity(pool, taskId);
    if (!task) throw new Refusal('NOT_FOUND');
    const outcome = await client.editTask(task, { id, actor: { id: actor }, edit: change });
    switch (outcome.kind) {
      case 'answered':
        return { status: 200, body: { ...outcome.answer, version: (await findTask(pool, taskId))?.version } };
      case 'rejected':
        throw refusalOf(outcome.rejection);
      case 'busy':
        throw new Refusal('BUSY');
      case 'pending':
        return { status: 202, body: { code: 'PENDING' } };
      case 'closed':
        throw new Refusal('NODE_CLOSED');
    }
  }

  async function act(
    req: Request,
    res: Response,
    taskId: string,
    { expectedVersion, ...change }: TaskEdit & { expectedVersion?: number | undefined },
  ) {
    const caller = requireManager(callerOf(req));
    const task = await findTask(pool, taskId);
    if (task?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
    await once(services, caller, req, res, { ...change, expectedVersion }, async ({ updateId }) => {
      if (expectedVersion !== undefined && expectedVersion !== task.version) {
        throw new Refusal('STALE_TASK', `it is at version ${String(task.version)}`);
      }
      return edit(task.id, caller.memberId, updateId, change);
    });
  }

  router.post('/tasks/:task/priority', async (req, res) => {
    await act(req, res, req.params.task, editPriority.parse(req.body));
  });

  router.post('/tasks/:task/tags', async (req, res) => {
    await act(req, res, req.params.task, editTags.parse(req.body));
  });

  return router;
}
