// What batches and their checkpoints need of Temporal.
import type { Client } from '@temporalio/client';
import type { PipelineClock } from '../core/clock.js';
import { batchEndWorkflowId, checkpointWorkflowId, cycleWorkflowId } from '../core/ids.js';
import type { checkpoint, endBatch } from '../workflows/index.js';
import { checkpointFiredSignal } from '../workflows/messages.js';
import { isPassing, reached } from './errors.js';
import { startOnce } from './start-once.js';

export function createBatchKeeper(temporal: Client, taskQueue: string) {
  return {
    /** A checkpoint lets a cycle go; one that has ended needs nothing. */
    async letGo(cycleId: string, node: string, clock: PipelineClock | null): Promise<void> {
      await reached(() =>
        temporal.workflow
          .getHandle(cycleWorkflowId(cycleId))
          .signal(checkpointFiredSignal, { node, ...(clock ? { clock } : {}) }),
      );
    },

    /** What follows when a checkpoint has fired; once. */
    async startCheckpoint(checkpointId: string): Promise<void> {
      await startOnce(() =>
        temporal.workflow.start<typeof checkpoint>('checkpoint', {
          workflowId: checkpointWorkflowId(checkpointId),
          taskQueue,
          args: [{ checkpointId }],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: 'start the cycle of a checkpoint, and let go what it held',
        }),
      );
    },

    /** From now on nothing is added to a batch, which may be what its checkpoints wait for. */
    async startBatchEnd(batchId: string): Promise<void> {
      await startOnce(() =>
        temporal.workflow.start<typeof endBatch>('endBatch', {
          workflowId: batchEndWorkflowId(batchId),
          taskQueue,
          args: [{ batchId }],
          staticSummary: `close batch ${batchId}`,
        }),
      );
    },

    /** True once that has happened. */
    async batchHasEnded(batchId: string, withinMs: number): Promise<boolean> {
      try {
        const handle = temporal.workflow.getHandle(batchEndWorkflowId(batchId));
        await temporal.withDeadline(Date.now() + withinMs, () => handle.result());
        return true;
      } catch (error) {
        if (isPassing(error)) return false;
        throw error;
      }
    },
  };
}
