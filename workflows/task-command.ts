// A command on a task that has no open cycle: recorded by the same path, in a workflow that lasts as long as that takes.
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RerunActivities } from '../activities/rerun.js';
import type { EditCommand } from '../core/edits.js';
import { editEvent } from '../core/edits.js';
import type { ReviseEndedCommand } from '../core/revise-ended.js';
import type { TaskIdentity } from '../core/state.js';
import { commandRecord } from '../core/task-record.js';
import type { RevisedEnded } from '../db/writes/revise-ended.js';
import { write } from './record.js';

export interface TaskCommandInput {
  task: TaskIdentity;
  command: EditCommand | ReviseEndedCommand;
}

const { reviseEnded } = proxyActivities<RerunActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
  summary: 'revise what was handed in',
});

export async function taskCommand({ task, command }: TaskCommandInput): Promise<RevisedEnded | undefined> {
  const { workflowId, runId } = workflowInfo();
  const stamp = { workflowId, runId, at: Date.now() };
  // What it revises is in Postgres alone, so it is judged there, under the lock of the task's row.
  if ('revise' in command) return reviseEnded({ task, command, ...stamp });
  await write(commandRecord(task, stamp, { ...editEvent(command, stamp.at), commandId: command.id }));
  return undefined;
}
