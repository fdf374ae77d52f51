// Looks after Postgres once a day, for as long as there are workers: takes away what has served its time, and payloads that
// nothing refers to. Those are marked on one day and taken on the next, so that what is handed in meanwhile keeps them.
import { continueAsNew, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { HousekeepingActivities } from '../activities/housekeeping.js';

const { takeExpired, takeOrphans, findOrphans } = proxyActivities<HousekeepingActivities>({
  summary: 'take away what nobody can ask for any more',
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '5 seconds', maximumInterval: '10 minutes' },
});

export interface HousekeepingInput {
  /** Milliseconds between two rounds; a day. */
  everyMs?: number;
  /** Set by continue-as-new: how far payloads were looked through. */
  looked?: Parameters<HousekeepingActivities['findOrphans']>[0];
}

const day = 24 * 3_600_000;
const late = 3_600_000;
const roundsPerRun = 10;

export async function housekeeping({ everyMs = day, looked: carried }: HousekeepingInput): Promise<void> {
  let looked = carried;
  for (let round = 0; round < roundsPerRun; round += 1) {
    const due = Date.now() + everyMs;
    await sleep(everyMs, { summary: 'until the next round' });
    // With the workers away, commands may have waited as long, and nothing refers yet to what they hand in.
    const wasAway = Date.now() - due > late;
    const counts = { ...(await takeExpired()), payloads: wasAway ? 0 : await takeOrphans() };
    looked = await findOrphans(looked);
    const taken = Object.entries(counts).map(([name, count]) => `- ${name}: ${String(count)}`);
    setCurrentDetails([`Taken away at ${new Date().toISOString()}:\n`, ...taken].join('\n'));
  }
  await continueAsNew<typeof housekeeping>({ everyMs, ...(looked === undefined ? {} : { looked }) });
}
