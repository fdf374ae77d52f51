// Starts the release of what a member can no longer work on.
import type { Client } from '@temporalio/client';
import { freeWorkWorkflowId } from '../core/ids.js';
import type { freeWork } from '../workflows/index.js';
import type { FreeWorkInput } from '../workflows/free-work.js';
import { answerWithinMs } from '../core/limits.js';
import { startOnce } from './start-once.js';

export function createReleaser(temporal: Client, taskQueue: string) {
  return {
    async startFreeWork(input: FreeWorkInput): Promise<void> {
      await startOnce(() =>
        temporal.withDeadline(Date.now() + answerWithinMs, () =>
          temporal.workflow.start<typeof freeWork>('freeWork', {
            workflowId: freeWorkWorkflowId(input.memberId, input.changeId),
            taskQueue,
            args: [input],
            staticSummary: `release what ${input.memberId} can no longer work on`,
          }),
        ),
      );
    },
  };
}
