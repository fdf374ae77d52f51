// What follows when a checkpoint has fired: one new cycle starts with what it held as its context, then what it held goes on, page
// by page. Killed in the middle it resumes; nothing of it happens twice.
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { CheckpointActivities } from '../activities/checkpoints.js';

const patient = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
} as const;
const { openContext } = proxyActivities<CheckpointActivities>({
  ...patient,
  summary: 'start the cycle that is about what the checkpoint held',
});
const { releasePage } = proxyActivities<CheckpointActivities>({
  ...patient,
  summary: 'let a page of what the checkpoint held go on',
});

export interface CheckpointInput {
  checkpointId: string;
  /** Set by continue-as-new: how far it has got. */
  after?: string;
}

const pagesPerRun = 100;

export async function checkpoint(input: CheckpointInput): Promise<void> {
  const { checkpointId } = input;
  let { after } = input;
  if (after === undefined) await openContext({ checkpointId });
  for (let page = 0; page < pagesPerRun; page += 1) {
    const next = await releasePage({ checkpointId, ...(after === undefined ? {} : { after }) });
    if (next === null) return;
    after = next;
  }
  await continueAsNew<typeof checkpoint>({ checkpointId, ...(after === undefined ? {} : { after }) });
}
