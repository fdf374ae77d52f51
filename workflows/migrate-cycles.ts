// Moves the open cycles of a pipeline to another version, page by page, or says of each whether it could. Killed in the middle
// it goes on where it was; a cycle that has moved is left as it is.
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { MigrateActivities } from '../activities/migrate-cycles.js';

const { migratePage } = proxyActivities<MigrateActivities>({
  summary: 'move a page of open cycles, or judge them',
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
});

export interface MigrateCyclesInput {
  migrationId: string;
  after?: string;
}

const pagesPerRun = 50;

export async function migrateCycles(input: MigrateCyclesInput): Promise<void> {
  let { after } = input;
  for (let page = 0; page < pagesPerRun; page += 1) {
    const next = await migratePage({ migrationId: input.migrationId, ...(after === undefined ? {} : { after }) });
    if (next === null) return;
    after = next;
  }
  await continueAsNew<typeof migrateCycles>({ ...input, ...(after === undefined ? {} : { after }) });
}
