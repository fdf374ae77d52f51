// The record of a command on a task whose cycle has ended: a stream of its own, which has nothing but what happened.
import type { StreamRecord, TimelineEvent } from './record.js';
import type { TaskIdentity } from './state.js';

export const commandRecord = (
  task: TaskIdentity,
  { workflowId, runId, at }: { workflowId: string; runId: string; at: number },
  event: TimelineEvent,
): StreamRecord => ({
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
  events: [event],
});
