// The steps of running a task again. Each may be done twice: the command's id says which cycle it has opened already.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import { cycleWorkflowId } from '../core/ids.js';
import type { Replacement } from '../core/replaced.js';
import type { NextCycle, RerunInput } from '../core/rerun.js';
import { endedOnTheirWay } from '../db/queries/checkpoints.js';
import { cycleToStart } from '../db/queries/cycles-to-start.js';
import { openStreams } from '../db/queries/former-cycle.js';
import { failStream } from '../db/writes/fail-stream.js';
import { endUnstarted, openNext } from '../db/writes/open-next.js';
import type { ReviseEnded, RevisedEnded } from '../db/writes/revise-ended.js';
import { reviseEnded } from '../db/writes/revise-ended.js';
import { leaveCheckpoints } from './checkpoints.js';
import type { StreamKeeper } from './reconcile.js';

export interface RerunActivities {
  /** Opens the task's next cycle and starts it; or says which one is still open, or why not. */
  openNextCycle(input: RerunInput): Promise<NextCycle>;
  /** Revises work of a task that has ended; starts the cycle that it opens. */
  reviseEnded(what: ReviseEnded): Promise<RevisedEnded>;
  /** Ends a cycle with all its streams, and waits until they are closed. */
  endCycle(cycleId: string, replacement: Replacement): Promise<void>;
}

const lookEveryMs = 100;
/** What was told that it is replaced. */
const endsWithinMs = 5_000;
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

  /** False where it still runs by then. */
  async function isClosed(streamId: string, deadline: number): Promise<boolean> {
    while (await keeper.isRunning(streamId)) {
      if (Date.now() > deadline) return false;
      Context.current().heartbeat();
      await Context.current().sleep(lookEveryMs);
    }
    return true;
  }

  async function ended(streamId: string): Promise<void> {
    await keeper.cancel(streamId);
    await isClosed(streamId, Infinity);
  }

  /** Checkpoints that the cycle before was on its way to, and nothing of the task is any more. */
  async function left(taskId: string): Promise<void> {
    for (const cycleId of await endedOnTheirWay(pool, taskId)) {
      await leaveCheckpoints(pool, keeper, { cycleId, atMs: Date.now() });
    }
  }

  return {
    async openNextCycle(input) {
      const next = await openNext(pool, input);
      if (next.kind === 'open') return next;
      if (next.kind === 'started') await start(next.cycleId);
      await left(input.taskId);
      return next;
    },
    async reviseEnded(what) {
      const revised = await reviseEnded(pool, what);
      if (revised.kind === 'revised' && revised.cycleId !== undefined) {
        await start(revised.cycleId);
        await left(what.task.taskId);
      }
      return revised;
    },
    async endCycle(cycleId, replacement) {
      const workflowId = cycleWorkflowId(cycleId);
      await keeper.replace(workflowId, replacement);
      // One that does not know the word, and rework of one that is gone, is cancelled.
      if (!(await isClosed(workflowId, Date.now() + endsWithinMs))) await ended(workflowId);
      for (const streamId of await openStreams(pool, cycleId)) await ended(streamId);
      // What ended without a word is closed here: its workflow was gone.
      for (const streamId of await openStreams(pool, cycleId)) {
        await failStream(pool, { streamId, cause: 'replaced by a rerun', atMs: Date.now() });
      }
      await endUnstarted(pool, cycleId);
    },
  };
}
