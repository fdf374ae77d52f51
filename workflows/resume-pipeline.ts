// Wakes what a pause had stopped, page by page, and nothing else. Killed in the middle it goes on where it was; a stream that is
// woken twice knows.
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { PauseActivities } from '../activities/pauses.js';

const { countParked, wakeParked } = proxyActivities<PauseActivities>({
  summary: 'wake a page of the cycles that stand still',
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
});

export interface ResumePipelineInput {
  pipelineId: string;
  /** Only this node was resumed. */
  node?: string;
  /** Set from the second page on. */
  going?: { after: string; toWake: number; woken: number };
}

const pagesPerRun = 50;

export async function resumePipeline(input: ResumePipelineInput): Promise<void> {
  const { going: carried, ...parked } = input;
  let going = carried ?? { after: '', toWake: await countParked(parked), woken: 0 };
  for (let page = 0; page < pagesPerRun; page += 1) {
    const next = await wakeParked({ ...parked, ...going });
    if (next.after === null) return;
    going = { ...going, woken: next.woken, after: next.after };
  }
  await continueAsNew<typeof resumePipeline>({ ...parked, going });
}
