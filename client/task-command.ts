// Commands on tasks that have no open cycle, each by a short workflow of its own.
import type { Client } from '@temporalio/client';
import type { EditCommand } from '../core/edits.js';
import { taskCommandWorkflowId } from '../core/ids.js';
import { answerWithinMs } from '../core/limits.js';
import type { ReviseEndedCommand } from '../core/revise-ended.js';
import type { TaskIdentity } from '../core/state.js';
import type { RevisedEnded } from '../db/writes/revise-ended.js';
import type { taskCommand } from '../workflows/index.js';
import type { EditAnswer } from '../workflows/messages.js';
import { isPassing } from './errors.js';
import type { CommandOutcome } from './send-update.js';
import { startOnce } from './start-once.js';

/** Within bounds; asked twice with the same command id it is one. */
async function done(
  temporal: Client,
  taskQueue: string,
  input: Parameters<typeof taskCommand>[0],
  what: string,
): Promise<{ result: RevisedEnded | undefined } | 'pending'> {
  const { taskId } = input.task;
  const id = taskCommandWorkflowId(taskId, input.command.id);
  await startOnce(() =>
    temporal.workflow.start<typeof taskCommand>('taskCommand', {
      workflowId: id,
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `${what} of ${taskId}, which has no open cycle`,
    }),
  );
  try {
    const handle = temporal.workflow.getHandle<typeof taskCommand>(id);
    return { result: await temporal.withDeadline(Date.now() + answerWithinMs, () => handle.result()) };
  } catch (error) {
    if (isPassing(error)) return 'pending';
    throw error;
  }
}

export async function editEnded(
  temporal: Client,
  taskQueue: string,
  task: TaskIdentity,
  command: EditCommand,
): Promise<CommandOutcome<EditAnswer>> {
  const outcome = await done(temporal, taskQueue, { task, command }, 'edit');
  if (outcome === 'pending') return { kind: 'pending' };
  return { kind: 'answered', answer: { taskId: task.taskId, ...command.edit } };
}

export async function reviseEnded(
  temporal: Client,
  taskQueue: string,
  task: TaskIdentity,
  command: ReviseEndedCommand,
): Promise<CommandOutcome<object>> {
  const outcome = await done(temporal, taskQueue, { task, command }, 'revision');
  if (outcome === 'pending') return { kind: 'pending' };
  const { result } = outcome;
  if (result?.kind === 'refused') return { kind: 'rejected', rejection: result.rejection };
  return { kind: 'answered', answer: { taskId: task.taskId } };
}
