// Comments on work: threads on a submission or a field, open or resolved. Who may see the work may talk about it.
import type { Request, Response } from 'express';
import { Router } from 'express';
import { isManager } from '../../core/roles.js';
import type { Thread } from '../../db/queries/comment-threads.js';
import { commentsOf, findThread, listThreads } from '../../db/queries/comment-threads.js';
import { instancesOf } from '../../db/queries/node-instances.js';
import { submissionsOf } from '../../db/queries/submissions.js';
import { addComment, addThread, reopenThread, resolveThread } from '../../db/staging/comment-threads.js';
import { pageOf, pageQuery, placeOf } from '../contract/pagination.js';
import { changeThread, createComment, createThread, listThreads as listQuery } from '../contract/threads.js';
import type { Task } from '../../db/queries/tasks.js';
import { blindNodes, hiddenMembers } from '../blindness.js';
import { once } from '../idempotency.js';
import type { Caller } from '../middleware/authenticate.js';
import { callerOf } from '../middleware/authenticate.js';
import { ownIdFor } from '../new-id.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { taskOf } from '../task-commands.js';
import { talkedAbout } from '../task-view.js';

/** Members whose names the caller may not know in talk on blind work. */
type Hidden = ReadonlySet<string>;

const named = (hidden: Hidden, name: string | null): string | null => (name !== null && hidden.has(name) ? null : name);

function shown({ projectId: _, number: __, ...thread }: Thread, hidden: Hidden) {
  const comments = thread.comments.map((comment) => ({ ...comment, author: named(hidden, comment.author) }));
  return { ...thread, resolvedBy: named(hidden, thread.resolvedBy), comments };
}

async function hiddenOn(services: Services, caller: Caller, { id, pipelineId }: Task): Promise<Hidden> {
  const blind = await blindNodes(services, caller, pipelineId);
  return hiddenMembers(blind, caller, await instancesOf(services.pool, id));
}

export function threadRoutes(services: Services): Router {
  const router = Router();
  addThreads(router, services);
  addTalk(router, services);
  return router;
}

/** The nodes whose work the caller may talk about. */
async function nodesFor({ pool }: Services, caller: Caller, taskId: string): Promise<string[]> {
  return talkedAbout(caller, await instancesOf(pool, taskId));
}

function addThreads(router: Router, services: Services): void {
  const { pool } = services;

  async function requireSubmission(taskId: string, node: string, id: string): Promise<void> {
    const isThere = (await submissionsOf(pool, taskId)).some(
      (handedIn) => handedIn.id === id && handedIn.node === node,
    );
    if (!isThere) throw new Refusal('INVALID_REQUEST', `there is no submission "${id}" of "${node}" on this task`);
  }

  router.post('/tasks/:task/threads', async (req, res) => {
    const caller = callerOf(req);
    const task = await taskOf(services, caller, req.params.task);
    const { node, submissionId, field, text } = createThread.parse(req.body);
    await once(services, caller, req, res, { node, submissionId, field, text }, async ({ updateId }) => {
      if (!(await nodesFor(services, caller, task.id)).includes(node)) {
        throw new Refusal('FORBIDDEN', `there is no work at "${node}" on this task that you may see`);
      }
      if (submissionId !== undefined) await requireSubmission(task.id, node, submissionId);
      const id = ownIdFor('thr', updateId);
      const first = { id: ownIdFor('com', updateId), author: caller.memberId, text };
      const on = { submissionId: submissionId ?? null, field: field ?? null };
      await addThread(pool, { id, taskId: task.id, projectId: task.projectId, node, ...on, first });
      return { status: 201, body: await answer(services, caller, id) };
    });
  });

  router.get('/tasks/:task/threads', async (req, res) => {
    const caller = callerOf(req);
    const task = await taskOf(services, caller, req.params.task);
    const { limit, pageToken, node, status } = listQuery.parse(req.query);
    const nodes = (await nodesFor(services, caller, task.id)).filter((key) => node === undefined || key === node);
    const rows = await listThreads(pool, {
      taskId: task.id,
      nodes,
      status,
      after: placeOf(pageToken),
      limit: limit + 1,
    });
    const page = pageOf(rows, limit, ({ number }) => String(number));
    const hidden = await hiddenOn(services, caller, task);
    res.json({ ...page, items: page.items.map((thread) => shown(thread, hidden)) });
  });
}

async function answer(services: Services, caller: Caller, id: string) {
  const thread = await findThread(services.pool, id);
  if (!thread) throw new Refusal('NOT_FOUND');
  return shown(thread, await hiddenOn(services, caller, await taskOf(services, caller, thread.taskId)));
}

function addTalk(router: Router, services: Services): void {
  const { pool } = services;

  /** Threads on work that the caller may not see do not exist for them. */
  async function threadFor(caller: Caller, id: string): Promise<Thread> {
    const thread = await findThread(pool, id);
    if (thread?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
    if (isManager(caller.role) || (await nodesFor(services, caller, thread.taskId)).includes(thread.node))
      return thread;
    throw new Refusal('NOT_FOUND');
  }

  async function change(req: Request, res: Response, id: string, how: (id: string, memberId: string) => Promise<void>) {
    const caller = callerOf(req);
    const thread = await threadFor(caller, id);
    changeThread.parse(req.body ?? {});
    await once(services, caller, req, res, {}, async () => {
      await how(thread.id, caller.memberId);
      return { status: 200, body: await answer(services, caller, thread.id) };
    });
  }

  router.get('/threads/:thread/comments', async (req, res) => {
    const caller = callerOf(req);
    const thread = await threadFor(caller, req.params.thread);
    const { limit, pageToken } = pageQuery.parse(req.query);
    const rows = await commentsOf(pool, { threadId: thread.id, after: placeOf(pageToken), limit: limit + 1 });
    const page = pageOf(rows, limit, ({ number }) => String(number));
    const hidden = await hiddenOn(services, caller, await taskOf(services, caller, thread.taskId));
    const items = page.items.map(({ number: _, ...comment }) => ({
      ...comment,
      author: named(hidden, comment.author),
    }));
    res.json({ ...page, items });
  });

  router.post('/threads/:thread/comments', async (req, res) => {
    const caller = callerOf(req);
    const thread = await threadFor(caller, req.params.thread);
    const { text } = createComment.parse(req.body);
    await once(services, caller, req, res, { text }, async ({ updateId }) => {
      await addComment(pool, thread.id, { id: ownIdFor('com', updateId), author: caller.memberId, text });
      return { status: 201, body: await answer(services, caller, thread.id) };
    });
  });

  router.post('/threads/:thread/resolve', async (req, res) => {
    await change(req, res, req.params.thread, (id, memberId) => resolveThread(pool, id, memberId));
  });

  router.post('/threads/:thread/reopen', async (req, res) => {
    await change(req, res, req.params.thread, (id) => reopenThread(pool, id));
  });
}
