// What the worker starts to look after Postgres. One of each at a time is enough.
import type { Client } from '@temporalio/client';
import type { housekeeping, reconcile } from '../workflows/index.js';
import { startOnce } from './start-once.js';

export function createUpkeep(temporal: Client, taskQueue: string) {
  return {
    /** Keeps Postgres from growing, once a day; the one that runs goes on. */
    async startHousekeeping(): Promise<void> {
      await startOnce(() =>
        temporal.workflow.start<typeof housekeeping>('housekeeping', {
          workflowId: 'housekeeping',
          taskQueue,
          args: [{}],
          staticSummary: 'take away what nobody can ask for any more, once a day',
        }),
      );
    },

    /** Compares what was recorded lately, or one stream, with the workflows that recorded it. */
    async startReconcile(sinceMs: number, streamId?: string): Promise<'started' | 'running'> {
      return startOnce(() =>
        temporal.workflow.start<typeof reconcile>('reconcile', {
          workflowId: streamId === undefined ? 'reconcile' : `reconcile:${streamId}`,
          taskQueue,
          args: [{ sinceMs, ...(streamId === undefined ? {} : { streamId }) }],
          staticSummary: 'compare the rows in Postgres with their cycles',
        }),
      );
    },
  };
}
