// Starts the cycles of tasks that are in Postgres and have none yet.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { CycleToStart } from '../db/queries/cycles-to-start.js';
import { cyclesToStart } from '../db/queries/cycles-to-start.js';
import { inLanes } from '../lanes.js';

/** The part of the client that this needs; handed in by the worker. */
export interface CycleStarter {
  startCycle(start: CycleToStart): Promise<void>;
}

export interface StartActivities {
  /** Starts one page of a batch; answers with where to go on, or null at the end. */
  startCycles(page: { batchId: string; after?: string }): Promise<string | null>;
}

const pageSize = 200;
const atOnce = 10;

/** Starts cycles, so many at a time. */
export async function startAll(starter: CycleStarter, cycles: readonly CycleToStart[]): Promise<void> {
  await inLanes(atOnce, cycles, async (cycle) => {
    await starter.startCycle(cycle);
    Context.current().heartbeat();
  });
}

export const createStartActivities = (pool: pg.Pool, starter: CycleStarter): StartActivities => ({
  async startCycles({ batchId, after }) {
    const page = await cyclesToStart(pool, { batchId, after: after ?? '', limit: pageSize });
    await startAll(starter, page);
    return page.length < pageSize ? null : (page.at(-1)?.task.taskId ?? null);
  },
});
