// Running a task again, by a short workflow of its own.
import type { Client } from '@temporalio/client';
import { rerunWorkflowId } from '../core/ids.js';
import { answerWithinMs } from '../core/limits.js';
import type { rerun } from '../workflows/index.js';
import type { RerunInput, RerunResult } from '../core/rerun.js';
import { isPassing } from './errors.js';
import type { CommandOutcome } from './send-update.js';
import { startOnce } from './start-once.js';

export function createRerunner(temporal: Client, taskQueue: string) {
  return {
    /** Runs a task again, within bounds; asked twice with the same command id it is one. */
    async rerun(input: RerunInput): Promise<CommandOutcome<RerunResult & { kind: 'started' }>> {
      const id = rerunWorkflowId(input.taskId, input.commandId);
      await startOnce(() =>
        temporal.workflow.start<typeof rerun>('rerun', {
          workflowId: id,
          taskQueue,
          args: [input],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `${input.mode} ${input.taskId}`,
        }),
      );
      try {
        const handle = temporal.workflow.getHandle<typeof rerun>(id);
        const result = await temporal.withDeadline(Date.now() + answerWithinMs, () => handle.result());
        if (result.kind === 'started') return { kind: 'answered', answer: result };
        return { kind: 'rejected', rejection: result.rejection };
      } catch (error) {
        if (isPassing(error)) return { kind: 'pending' };
        throw error;
      }
    },
  };
}
