// The search attributes that a cycle starts with.
import { defineSearchAttributeKey } from '@temporalio/common';
import { openNodes } from '../core/advance.js';
import type { PipelineClock } from '../core/clock.js';
import { openCycle } from '../core/open.js';
import type { Plan } from '../core/plan-node.js';
import type { Rerun } from '../core/resume.js';
import type { TaskIdentity } from '../core/state.js';
import { taskStatus, waitingRoles } from '../core/view.js';

export interface StartCycle {
  task: TaskIdentity;
  plan: Plan;
  title: string;
  priority: number;
  dueAt: Date | null;
  clock?: PipelineClock;
  rerun?: Rerun;
}

const attributes = {
  project: defineSearchAttributeKey('TaskloomProject', 'KEYWORD'),
  pipeline: defineSearchAttributeKey('TaskloomPipeline', 'KEYWORD'),
  task: defineSearchAttributeKey('TaskloomTask', 'KEYWORD'),
  status: defineSearchAttributeKey('TaskloomStatus', 'KEYWORD'),
  nodes: defineSearchAttributeKey('TaskloomNodes', 'KEYWORD_LIST'),
  waitingFor: defineSearchAttributeKey('TaskloomWaitingFor', 'KEYWORD_LIST'),
  priority: defineSearchAttributeKey('TaskloomPriority', 'DOUBLE'),
  due: defineSearchAttributeKey('TaskloomDue', 'DATETIME'),
};

export function attributesOf({ task, plan, priority, dueAt, clock, rerun }: StartCycle) {
  const { state } = openCycle(task, plan, 0, { clock, rerun });
  return [
    { key: attributes.project, value: task.projectId },
    { key: attributes.pipeline, value: task.pipelineId },
    { key: attributes.task, value: task.taskId },
    { key: attributes.status, value: taskStatus(state) },
    { key: attributes.nodes, value: openNodes(state).sort() },
    { key: attributes.waitingFor, value: waitingRoles(state) },
    { key: attributes.priority, value: priority },
    ...(dueAt ? [{ key: attributes.due, value: dueAt }] : []),
  ];
}
