// The steps of running a task again. Each may be done twice: the command's id says which cycle it has opened already.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import { cycleWorkflowId } from '../core/ids.js';
import type { NextCycle, RerunInput } from '../core/rerun.js';
import { cycleToStart } from '../db/queries/cycles-to-start.js';
import { openStreams } from '../db/queries/former-cycle.js';
import { failStream } from '../db/writes/fail-stream.js';
import { endUnstarted, openNext } from '../db/writes/open-next.js';
import type { StreamKeeper } from './reconcile.js';

export interface RerunActivities {
  /** Opens the task's next cycle and starts it; or says which one is still open, or why not. */
  openNextCycle(input: RerunInput): Promise<NextCycle>;
  /** Ends a cycle with all its streams, and waits until they are closed. */
  endCycle(cycleId: string): Promise<void>;
}

const lookEveryMs = 100;
/** The answer should be good for a claim; where the record is late it only comes earlier. */
const recordedWithinMs = 3_000;

/** Whether or not it can say so itself. */
const runs = ({ kind }: Awaited<ReturnType<StreamKeeper['standing']>>): boolean => kind === 'open' || kind === 'silent';

export function createRerunActivities(pool: pg.Pool, keeper: StreamKeeper): RerunActivities {
  async function start(cycleId: string): Promise<void> {
    const deadline = Date.now() + recordedWithinMs;
    for (let cycle = await cycleToStart(pool, cycleId); cycle; cycle = await cycleToStart(pool, cycleId)) {
      await keeper.startCycle(cycle);
      if (Date.now() > deadline) return;
      await Context.current().sleep(lookEveryMs);
    }
  }

  async function ended(streamId: string): Promise<void> {
    await keeper.cancel(streamId);
    while (runs(await keeper.standing(streamId))) {
      Context.current().heartbeat();
      await Context.current().sleep(lookEveryMs);
    }
  }

  return {
    async openNextCycle(input) {
      const next = await openNext(pool, input);
      if (next.kind === 'started') await start(next.cycleId);
      return next;
    },
    async endCycle(cycleId) {
      await ended(cycleWorkflowId(cycleId));
      for (const streamId of await openStreams(pool, cycleId)) await ended(streamId);
      // What ended without a word is closed here: its workflow was gone.
      for (const streamId of await openStreams(pool, cycleId)) {
        await failStream(pool, { streamId, cause: 'replaced by a rerun', atMs: Date.now() });
      }
      await endUnstarted(pool, cycleId);
    },
  };
}
