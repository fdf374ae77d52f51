// Every id that is derived from another one is built here, and nowhere else.

/** A cycle's id: the n-th execution of a task. */
export const cycleIdOf = (taskId: string, number: number): string => `${taskId}.${String(number)}`;

/** The task that a cycle executes; the inverse of {@link cycleIdOf}. */
export const taskIdOf = (cycleId: string): string => cycleId.slice(0, cycleId.lastIndexOf('.'));

/** The cycle of a workflow; undefined where it is another stream's. */
export const cycleOfWorkflow = (workflowId: string): string | undefined =>
  workflowId.startsWith('cycle:') ? workflowId.slice('cycle:'.length) : undefined;

export const cycleWorkflowId = (cycleId: string): string => `cycle:${cycleId}`;

/** A rework child; a reset that means to drop a round raises the generation. */
export const reworkWorkflowId = (cycleId: string, node: string, visit: number, generation = 0): string =>
  `rework:${cycleId}:${node}:${String(visit)}${generation === 0 ? '' : `:g${String(generation)}`}`;

/** Whether a stream is a rework child: what it opens is rework, or comes between rework and its review. */
export const isReworkWorkflow = (workflowId: string): boolean => workflowId.startsWith('rework:');

export const taskCommandWorkflowId = (taskId: string, commandId: string): string => `command:${taskId}:${commandId}`;

export const migrationWorkflowId = (migrationId: string): string => `migrate:${migrationId}`;
/** One per turn; a node's wakes only what works there. */
export const resumeWorkflowId = (pipelineId: string, turns: number, node?: string): string =>
  `resume:${pipelineId}:${String(turns)}${node === undefined ? '' : `:${node}`}`;

export const rerunWorkflowId = (taskId: string, commandId: string): string => `rerun:${taskId}:${commandId}`;

export const importWorkflowId = (batchId: string): string => `import:${batchId}`;

/** One per change of a member's role, or of their leaving. */
export const freeWorkWorkflowId = (memberId: string, changeId: string): string => `free:${memberId}:${changeId}`;

export const seederWorkflowId = (seederId: string): string => `seeder:${seederId}`;

export const dispatcherWorkflowId = (pipelineId: string): string => `dispatch:${pipelineId}`;

/** Of the workflows that a trigger's schedule starts; Temporal adds the time. */
export const fireWorkflowId = (triggerId: string): string => `fire:${triggerId}`;

export const triggerScheduleId = (triggerId: string): string => `trigger:${triggerId}`;

export const checkpointWorkflowId = (checkpointId: string): string => `checkpoint:${checkpointId}`;

export const batchEndWorkflowId = (batchId: string): string => `batch-end:${batchId}`;

export const instanceId = (cycleId: string, node: string, visit: number): string =>
  `${cycleId}.${node}.${String(visit)}`;

/** A program's run at an instance; the instance's version tells one run from the next. */
export const executionId = (instance: string, version: number): string => `${instance}.x${String(version)}`;

export const slotId = (consensusId: string, slot: number): string => `${consensusId}.s${String(slot)}`;
