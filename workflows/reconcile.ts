// Compares what was recorded lately with the workflows that recorded it: a record can run ahead of a history that a killed
// server lost, a reset takes a cycle back, and a workflow can be ended outside the product.
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { ReconcileActivities } from '../activities/reconcile.js';

const patient = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
} as const;
const { reconcileStream } = proxyActivities<ReconcileActivities>({
  ...patient,
  summary: 'compare what a stream recorded with its workflow',
});
const { reconcileStreams } = proxyActivities<ReconcileActivities>({
  ...patient,
  summary: 'compare a page of what was recorded lately with its workflows',
});
const { startForgotten } = proxyActivities<ReconcileActivities>({
  ...patient,
  summary: 'start cycles that were stored and never began',
});

export interface ReconcileInput {
  /** Streams that recorded at or after this time, milliseconds. */
  sinceMs: number;
  /** Only this stream, whenever it recorded. */
  streamId?: string;
  after?: string;
}

const pagesPerRun = 100;

export async function reconcile(input: ReconcileInput): Promise<void> {
  if (input.streamId !== undefined) {
    await reconcileStream({ streamId: input.streamId });
    return;
  }
  let { after } = input;
  if (after === undefined) await startForgotten();
  for (let page = 0; page < pagesPerRun; page += 1) {
    const next = await reconcileStreams({ sinceMs: input.sinceMs, ...(after === undefined ? {} : { after }) });
    if (next === null) return;
    after = next;
  }
  await continueAsNew<typeof reconcile>({ ...input, ...(after === undefined ? {} : { after }) });
}
