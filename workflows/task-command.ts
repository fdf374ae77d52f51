// A command on a task that has no open cycle: recorded by the same path, in a workflow that lasts as long as that takes.
import { workflowInfo } from '@temporalio/workflow';
import type { EditCommand } from '../core/edits.js';
import { editEvent } from '../core/edits.js';
import type { TaskIdentity } from '../core/state.js';
import { write } from './record.js';

export interface TaskCommandInput {
  task: TaskIdentity;
  command: EditCommand;
}

export async function taskCommand({ task, command }: TaskCommandInput): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const at = Date.now();
  await write({
    task,
    workflowId,
    kind: 'command',
    runId,
    sequence: 1,
    decidedAt: at,
    whole: true,
    status: 'finished',
    outcome: null,
    started: false,
    nodes: [],
    rows: [],
    children: [],
    events: [{ ...editEvent(command, at), commandId: command.id }],
  });
}
