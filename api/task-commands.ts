// The task that a request names, and the answer to a command to the task as a whole.
import type { CommandOutcome } from '../client/send-update.js';
import type { Task } from '../db/queries/tasks.js';
import { findTask } from '../db/queries/tasks.js';
import { isRecorded } from '../db/queries/timeline.js';
import type { Answer } from './idempotency.js';
import type { Caller } from './middleware/authenticate.js';
import { Refusal, refusalOf } from './problem.js';
import type { Services } from './services.js';

/** Of the caller's own project; another's is not found. */
export async function taskOf({ pool }: Services, caller: Caller, id: string): Promise<Task> {
  const task = await findTask(pool, id);
  if (task?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
  return task;
}

/** What a sender has not seen is not changed; that their own command has changed it is found out by a retry. */
export async function requireVersion({ pool }: Services, task: Task, seen: number | undefined, updateId: string) {
  if (seen === undefined || seen === task.version || (await isRecorded(pool, task.id, updateId))) return;
  throw new Refusal('STALE_TASK', `it is at version ${String(task.version)}`);
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
