// Runs a task again: where its cycle is still open and is to be replaced, that one is ended first. Killed in the middle it goes on
// where it was, so that no task is left between two cycles.
import { proxyActivities } from '@temporalio/workflow';
import type { RerunActivities } from '../activities/rerun.js';
import type { RerunInput, RerunResult } from '../core/rerun.js';

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
