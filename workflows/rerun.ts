// Runs a task again: where its cycle is still open and is to be replaced, that one is ended first. Killed in the middle it goes on
// where it was, so that no task is left between two cycles.
import { proxyActivities } from '@temporalio/workflow';
import type { RerunActivities } from '../activities/rerun.js';
import type { Rejection } from '../core/decision.js';
import type { RerunMode } from '../core/resume.js';
import type { Actor, SubmissionRef } from '../core/state.js';

export interface RerunInput {
  taskId: string;
  commandId: string;
  actor: Actor;
  mode: RerunMode;
  node?: string;
  replace?: boolean;
  /** The task's, as the caller saw it. */
  expectedVersion?: number;
  /** Reopened work of a task that has ended: refused where it was voted on. */
  reopens?: boolean;
  /** It is handed in with this at once. */
  handsIn?: { action?: string; submission?: SubmissionRef };
  /** The version of a node instance that the caller saw. */
  seen?: { instance: string; version: number };
}

export type RerunResult =
  { kind: 'started'; taskId: string; cycleId: string } | { kind: 'refused'; rejection: Rejection };

const prompt = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
} as const;
const { openNextCycle } = proxyActivities<RerunActivities>({ ...prompt, summary: 'open and start the next cycle' });
const { endCycle } = proxyActivities<RerunActivities>({ ...prompt, summary: 'end the cycle that is replaced' });

export async function rerun(input: RerunInput): Promise<RerunResult> {
  const { expectedVersion: _, ...ended } = input;
  // Ending a cycle is a change of its own.
  for (let next = await openNextCycle(input); ; next = await openNextCycle(ended)) {
    if (next.kind !== 'open') return next;
    if (!input.replace) return { kind: 'refused', rejection: { code: 'CYCLE_OPEN' } };
    await endCycle(next.cycleId, { by: next.next, actor: input.actor });
  }
}
