// Looks after Postgres once a day, for as long as there are workers: takes away what has served its time, and payloads that
// nothing refers to. Those are marked on one day and taken on the next, so that what is handed in meanwhile keeps them.
import {
  ActivityFailure,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import { defined } from '../core/defined.js';
import type { HousekeepingActivities } from '../activities/housekeeping.js';

const { takeExpired, takeOrphans, findOrphans } = proxyActivities<HousekeepingActivities>({
  summary: 'take away what nobody can ask for any more',
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '1 minute',
  // What fails for longer waits for the next round, and keeps nothing else waiting.
  retry: { initialInterval: '5 seconds', maximumInterval: '10 minutes', maximumAttempts: 10 },
});

export interface HousekeepingInput {
  /** Milliseconds between two rounds; a day. */
  everyMs?: number;
  /** Rows that one statement takes; a thousand. */
  batch?: number;
  /** Set by continue-as-new: how far payloads were looked through. */
  looked?: Awaited<ReturnType<HousekeepingActivities['findOrphans']>>;
}

type Kind = Parameters<HousekeepingActivities['takeExpired']>[0]['kind'];

const kinds = {
  idempotencyKeys: 'keys of requests',
  reservations: 'reservations',
  callbacks: 'callbacks',
  outbox: 'entries of the outbox',
  migratedCycles: 'cycles of migrations',
  migrations: 'migrations',
} as const satisfies Record<Kind, string>;

const day = 24 * 3_600_000;
const late = 3_600_000;
const roundsPerRun = 10;

/** One step of a round; what fails is told, and looked at again the next time. */
async function tried<T>(step: () => Promise<T>, what: string): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    log.error('a part of the housekeeping failed', { what, error });
    return undefined;
  }
}

async function round(input: HousekeepingInput, wasAway: boolean): Promise<HousekeepingInput['looked']> {
  const { batch, looked } = input;
  const size = defined({ batch });
  const taken: string[] = [];
  const tell = (what: string, count: number | undefined): void => {
    taken.push(`- ${what}: ${count === undefined ? 'failed' : String(count)}`);
  };
  for (const [kind, what] of Object.entries(kinds) as [Kind, string][]) {
    tell(what, await tried(() => takeExpired({ kind, ...size }), what));
  }
  if (!wasAway) tell('payloads', await tried(() => takeOrphans(size), 'payloads'));
  const found = await tried(() => findOrphans(defined({ after: looked, batch })), 'payloads to come');
  setCurrentDetails([`Taken away at ${new Date().toISOString()}:\n`, ...taken].join('\n'));
  return found ?? looked;
}

export async function housekeeping(input: HousekeepingInput): Promise<void> {
  const { everyMs = day, batch } = input;
  let { looked } = input;
  for (let done = 0; done < roundsPerRun; done += 1) {
    const due = Date.now() + everyMs;
    await sleep(everyMs, { summary: 'until the next round' });
    // With the workers away, commands may have waited as long, and nothing refers yet to what they hand in.
    looked = await round(defined({ batch, looked }), Date.now() - due > late);
  }
  await continueAsNew<typeof housekeeping>({ everyMs, ...defined({ batch, looked }) });
}
