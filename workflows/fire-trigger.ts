// One firing of a cron trigger: started by its schedule, it makes one task, however often it has to try.
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { TriggerActivities } from '../activities/triggers.js';

const { fireAtTime } = proxyActivities<TriggerActivities>({
  summary: 'make the task of this time',
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
});

export interface FireTriggerInput {
  triggerId: string;
}

export async function fireTrigger({ triggerId }: FireTriggerInput): Promise<void> {
  const { workflowId, startTime } = workflowInfo();
  // The schedule makes the id of the time that it fires for.
  await fireAtTime({ triggerId, key: workflowId, at: startTime.toISOString() });
}
