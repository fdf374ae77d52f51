// The steps of running a task again. Each may be done twice: the command's id says which cycle it has opened already.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import { cycleWorkflowId } from '../core/ids.js';
import { cycleToStart } from '../db/queries/cycles-to-start.js';
import { openStreams } from '../db/queries/former-cycle.js';
import { failStream } from '../db/writes/fail-stream.js';
import { endUnstarted, openNext } from '../db/writes/open-next.js';
import type { ReviseEnded, RevisedEnded } from '../db/writes/revise-ended.js';
import { reviseEnded } from '../db/writes/revise-ended.js';
import type { RerunInput, RerunResult } from '../workflows/rerun.js';
import type { StreamKeeper } from './reconcile.js';

export interface RerunActivities {
  /** Opens the task's next cycle and starts it; or says which one is still open, or why not. */
  openNextCycle(input: RerunInput): Promise<RerunResult | { kind: 'open'; cycleId: string }>;
  /** Revises work of a task that has ended; starts the cycle that it opens. */
  reviseEnded(what: ReviseEnded): Promise<RevisedEnded>;
  /** Ends a cycle with all its streams, and waits until they are closed. */
  endCycle(cycleId: string): Promise<void>;
}

const lookEveryMs = 100;
/** The answer should be good for a claim; where the record is late it only comes earlier. */
const recordedWithinMs = 3_000;

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
    while ((await keeper.standing(streamId)).kind === 'open') {
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
    async reviseEnded(what) {
      const revised = await reviseEnded(pool, what);
      if (revised.kind === 'revised' && revised.cycleId !== undefined) await start(revised.cycleId);
      return revised;
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
