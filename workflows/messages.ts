// Every message a cycle or a rework child takes. Constant = wire name + kind; the names are for ever, as histories hold them.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { TaskEdit } from '../core/edits.js';
import type { RecordedUpTo } from '../core/record.js';
import type { CommandAnswer, StreamState, TaskStatus } from '../core/state.js';
import type { Waiting } from '../core/view.js';

export interface EditAnswer extends TaskEdit {
  taskId: string;
}

export interface MigrateAnswer {
  versionId: string;
}

/** People's commands: each exists as an update and as a signal of the same name, which share one handler. */
export const claimUpdate = defineUpdate<CommandAnswer, [body: unknown]>('claim');
export const releaseUpdate = defineUpdate<CommandAnswer, [body: unknown]>('release');
export const heartbeatUpdate = defineUpdate<CommandAnswer, [body: unknown]>('heartbeat');
export const submitUpdate = defineUpdate<CommandAnswer, [body: unknown]>('submit');
export const approveUpdate = defineUpdate<CommandAnswer, [body: unknown]>('approve');
export const rejectUpdate = defineUpdate<CommandAnswer, [body: unknown]>('reject');
export const voteUpdate = defineUpdate<CommandAnswer, [body: unknown]>('vote');
export const skipUpdate = defineUpdate<CommandAnswer, [body: unknown]>('skip');
export const escalateUpdate = defineUpdate<CommandAnswer, [body: unknown]>('escalate');
export const deescalateUpdate = defineUpdate<CommandAnswer, [body: unknown]>('deescalate');
export const resolveUpdate = defineUpdate<CommandAnswer, [body: unknown]>('resolve');
export const recallUpdate = defineUpdate<CommandAnswer, [body: unknown]>('recall');
export const reopenUpdate = defineUpdate<CommandAnswer, [body: unknown]>('reopen');
export const reviseUpdate = defineUpdate<CommandAnswer, [body: unknown]>('revise');

export const claimSignal = defineSignal<[body: unknown]>('claim');
export const releaseSignal = defineSignal<[body: unknown]>('release');
export const heartbeatSignal = defineSignal<[body: unknown]>('heartbeat');
export const submitSignal = defineSignal<[body: unknown]>('submit');
export const approveSignal = defineSignal<[body: unknown]>('approve');
export const rejectSignal = defineSignal<[body: unknown]>('reject');
export const voteSignal = defineSignal<[body: unknown]>('vote');
export const skipSignal = defineSignal<[body: unknown]>('skip');
export const escalateSignal = defineSignal<[body: unknown]>('escalate');
export const deescalateSignal = defineSignal<[body: unknown]>('deescalate');
export const resolveSignal = defineSignal<[body: unknown]>('resolve');
export const recallSignal = defineSignal<[body: unknown]>('recall');
export const reopenSignal = defineSignal<[body: unknown]>('reopen');
export const reviseSignal = defineSignal<[body: unknown]>('revise');

export const commandUpdates = {
  claim: claimUpdate,
  release: releaseUpdate,
  heartbeat: heartbeatUpdate,
  submit: submitUpdate,
  approve: approveUpdate,
  reject: rejectUpdate,
  vote: voteUpdate,
  skip: skipUpdate,
  escalate: escalateUpdate,
  deescalate: deescalateUpdate,
  resolve: resolveUpdate,
  recall: recallUpdate,
  reopen: reopenUpdate,
  revise: reviseUpdate,
} as const;

export const commandSignals = {
  claim: claimSignal,
  release: releaseSignal,
  heartbeat: heartbeatSignal,
  submit: submitSignal,
  approve: approveSignal,
  reject: rejectSignal,
  vote: voteSignal,
  skip: skipSignal,
  escalate: escalateSignal,
  deescalate: deescalateSignal,
  resolve: resolveSignal,
  recall: recallSignal,
  reopen: reopenSignal,
  revise: reviseSignal,
} as const;

/** Edits of the task itself; a cycle takes them while it is open. */
export const editTaskUpdate = defineUpdate<EditAnswer, [body: unknown]>('editTask');
export const editTaskSignal = defineSignal<[body: unknown]>('editTask');

/** A cycle goes on in another version of its pipeline; answered once it has, or refused with what speaks against it. */
export const migrateUpdate = defineUpdate<MigrateAnswer, [body: unknown]>('migrate');
export interface PauseAnswer {
  taskId: string;
  status: TaskStatus;
}

/** The task itself is paused, and resumed; its cycle takes it. */
export const pauseTaskUpdate = defineUpdate<PauseAnswer, [body: unknown]>('pauseTask');
export const resumeTaskUpdate = defineUpdate<PauseAnswer, [body: unknown]>('resumeTask');
export const pauseTaskSignal = defineSignal<[body: unknown]>('pauseTask');
export const resumeTaskSignal = defineSignal<[body: unknown]>('resumeTask');

/** How pauses stand: wakes a stream that stopped for one, and tells a rework child of its task's. */
export const clockSignal = defineSignal<[body: unknown]>('clock');

/** A stream records its whole state again: Postgres may hold what history does not. */
export const resyncSignal = defineSignal('resync');

/** A checkpoint lets a cycle go that it held. */
export const checkpointFiredSignal = defineSignal<[body: unknown]>('checkpointFired');

/** A task is run again: its open cycle ends, and says which one follows and who asked. */
export const replacedSignal = defineSignal<[body: unknown]>('replaced');

/** A rework child tells its cycle that it is held for an admin, or no longer. */
export const reworkHeldSignal = defineSignal<[body: unknown]>('reworkHeld');

/** A rework child's one outcome. */
export const reworkEndedSignal = defineSignal<[body: unknown]>('reworkEnded');

/** A seeder, or a pipeline's dispatcher, looks whether there is something to do. */
export const wakeSignal = defineSignal('wake');

export const stateQuery = defineQuery<StreamState>('state');
export const waitingForQuery = defineQuery<Waiting[]>('waitingFor');

export const recordedQuery = defineQuery<RecordedUpTo>('recorded');
