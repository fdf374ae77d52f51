// The task that a request names, and the answer to a command to the task as a whole.
import type { CommandOutcome } from '../client/send-update.js';
import type { Task } from '../db/queries/tasks.js';
import { findTask } from '../db/queries/tasks.js';
import { isRecorded } from '../db/queries/timeline.js';
import { beginChange, endChange } from '../db/staging/task-changes.js';
import type { Answer } from './idempotency.js';
import { isPassing } from './idempotency.js';
import type { Caller } from './middleware/authenticate.js';
import { Refusal, refusalOf } from './problem.js';
import type { Services } from './services.js';

/** Of the caller's own project; another's is not found. */
export async function taskOf({ pool }: Services, caller: Caller, id: string): Promise<Task> {
  const task = await findTask(pool, id);
  if (task?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
  return task;
}

/**
 * What a sender has not seen is not changed, and of two who saw the same the first one changes it. That their own command has changed
 * it is found out by a retry.
 */
export async function changeAt(
  { pool }: Services,
  { task, seen, commandId }: { task: Task; seen: number | undefined; commandId: string },
  change: () => Promise<Answer>,
): Promise<Answer> {
  if (seen === undefined) return change();
  const taskId = task.id;
  if (!(await beginChange(pool, { taskId, version: seen, commandId }))) {
    if (await isRecorded(pool, taskId, commandId)) return change();
    const because =
      task.version === seen
        ? 'another change to this version is under way'
        : `it is at version ${String(task.version)}`;
    throw new Refusal('STALE_TASK', because);
  }
  const ended = () => endChange(pool, { taskId, commandId });
  const answer = await change().catch(async (error: unknown) => {
    if (error instanceof Refusal && !isPassing(error)) await ended();
    throw error;
  });
  if (answer.status === 200) await ended();
  return answer;
}

export async function taskAnswer({ pool }: Services, taskId: string, outcome: CommandOutcome<object>): Promise<Answer> {
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
      throw new Refusal('NODE_CLOSED', 'the cycle has ended');
  }
}
