// Hands what happens in a pipeline to the triggers that listen to it, for as long as there are any. How far it has read is in
// Postgres, so it passes on nothing but the pipeline.
import { continueAsNew, proxyActivities, setHandler } from '@temporalio/workflow';
import type { TriggerActivities } from '../activities/triggers.js';
import { wakeSignal } from './messages.js';

const { dispatch } = proxyActivities<TriggerActivities>({
  summary: 'hand what happens to the triggers',
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '5 seconds',
  retry: { initialInterval: '250 milliseconds', maximumInterval: '5 seconds' },
});

export interface DispatchEventsInput {
  pipelineId: string;
}

const roundsPerRun = 200;

export async function dispatchEvents(input: DispatchEventsInput): Promise<void> {
  let wakes = 0;
  setHandler(wakeSignal, () => {
    wakes += 1;
  });
  for (let round = 0; round < roundsPerRun; round += 1) {
    const before = wakes;
    const standing = await dispatch(input);
    // A trigger that was made while the last look was under way has woken us; the server lets no signal get lost at the end.
    if (standing === 'unheard' && wakes === before) return;
  }
  await continueAsNew<typeof dispatchEvents>(input);
}
