// Keeps tasks available in a pipeline for as long as its source has items. Paused, it waits here and nothing looks; what it is
// at is in Postgres, so it passes on nothing but its id.
import { condition, continueAsNew, proxyActivities, setHandler } from '@temporalio/workflow';
import type { SeedActivities } from '../activities/seed.js';
import { wakeSignal } from './messages.js';

const { seed } = proxyActivities<SeedActivities>({
  summary: 'keep tasks of the source available',
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '5 seconds',
  retry: { initialInterval: '250 milliseconds', maximumInterval: '5 seconds' },
});

export interface SeederInput {
  seederId: string;
}

const roundsPerRun = 200;

export async function seeder(input: SeederInput): Promise<void> {
  let woken = false;
  setHandler(wakeSignal, () => {
    woken = true;
  });
  for (let round = 0; round < roundsPerRun; round += 1) {
    woken = false;
    const standing = await seed(input);
    if (standing === 'over') return;
    if (standing === 'waits') await condition(() => woken);
  }
  await continueAsNew<typeof seeder>(input);
}
