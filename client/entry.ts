// What lets work into pipelines by itself: seeders.
import type { Client } from '@temporalio/client';
import { seederWorkflowId } from '../core/ids.js';
import type { seeder } from '../workflows/index.js';
import { wakeSignal } from '../workflows/messages.js';

export function createEntry(temporal: Client, taskQueue: string) {
  return {
    /** Tells a seeder that it was changed; one that does not run is started. */
    async wakeSeeder(seederId: string): Promise<void> {
      await temporal.workflow.signalWithStart<typeof seeder>('seeder', {
        workflowId: seederWorkflowId(seederId),
        taskQueue,
        args: [{ seederId }],
        signal: wakeSignal,
        staticSummary: `keep the tasks of ${seederId} available`,
      });
    },
  };
}
