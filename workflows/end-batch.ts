// The end of a batch: nothing is added to it any more, which may be what its checkpoints waited for.
import { proxyActivities } from '@temporalio/workflow';
import type { CheckpointActivities } from '../activities/checkpoints.js';

const { closeBatch } = proxyActivities<CheckpointActivities>({
  summary: 'close the batch, and fire the checkpoints that waited for it',
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '250 milliseconds', maximumInterval: '5 seconds' },
});

export async function endBatch({ batchId }: { batchId: string }): Promise<void> {
  await closeBatch({ batchId });
}
