// Starts the cycles of an import, page by page. Killed in the middle it goes on where it was; starting a cycle twice is none.
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { StartActivities } from '../activities/start-cycles.js';

const { startCycles } = proxyActivities<StartActivities>({
  summary: 'start the cycles of a page of tasks',
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
});

export interface ImportTasksInput {
  batchId: string;
  after?: string;
}

const pagesPerRun = 50;

export async function importTasks(input: ImportTasksInput): Promise<void> {
  let { after } = input;
  for (let page = 0; page < pagesPerRun; page += 1) {
    const next = await startCycles({ batchId: input.batchId, ...(after === undefined ? {} : { after }) });
    if (next === null) return;
    after = next;
  }
  await continueAsNew<typeof importTasks>({ ...input, ...(after === undefined ? {} : { after }) });
}
