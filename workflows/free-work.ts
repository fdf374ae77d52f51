// A member left, or works no longer where they did: what they hold there, and what is kept for them, is others'. Killed in the middle
// it goes on: what is free is not found again.
import { proxyActivities, sleep } from '@temporalio/workflow';
import type { FreeWorkActivities } from '../activities/free-work.js';

export interface FreeWorkInput {
  projectId: string;
  memberId: string;
  /** The admin who changed it, or `taskloom`. */
  by: string;
  changeId: string;
}

const { freeWorkOf } = proxyActivities<FreeWorkActivities>({
  summary: 'release what a member can no longer work on',
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
});

/** As long as a command that was let in before the change may be on its way. */
const onItsWay = '20 seconds';

export async function freeWork(input: FreeWorkInput): Promise<void> {
  await freeWorkOf(input);
  await sleep(onItsWay, { summary: 'until commands on their way have come' });
  await freeWorkOf(input);
}
