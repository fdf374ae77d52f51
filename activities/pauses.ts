// How pauses stand, for streams that ask; and waking those that stopped for one.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { PipelineClock } from '../core/clock.js';
import { countParked, parkedStreams, pipelineClock } from '../db/queries/pauses.js';
import { noteWoken } from '../db/writes/pauses.js';
import { inLanes } from '../lanes.js';

/** The part of the client that this needs; handed in by the worker. */
export interface Waker {
  tellClock(workflowId: string, clock: PipelineClock): Promise<'sent' | 'closed'>;
}

interface Resumed {
  pipelineId: string;
  node?: string;
}

export interface PauseActivities {
  /** Null where the pipeline was never paused. */
  pipelineClock(which: { pipelineId: string }): Promise<PipelineClock | null>;
  countParked(which: Resumed): Promise<number>;
  /** Wakes one page; answers with where to go on, null at the end. */
  wakeParked(page: Resumed & { after: string; toWake: number; woken: number }): Promise<{
    after: string | null;
    woken: number;
  }>;
}

const pageSize = 200;
const atOnce = 10;

export function createPauseActivities(pool: pg.Pool, waker: Waker): PauseActivities {
  async function wake(streams: readonly string[], clock: PipelineClock): Promise<void> {
    await inLanes(atOnce, streams, async (stream) => {
      await waker.tellClock(stream, clock);
      Context.current().heartbeat();
    });
  }

  return {
    pipelineClock: ({ pipelineId }) => pipelineClock(pool, pipelineId),
    async countParked(which) {
      const toWake = await countParked(pool, which);
      await noteWoken(pool, which.pipelineId, toWake, 0);
      return toWake;
    },
    async wakeParked({ toWake, woken, ...page }) {
      const clock = await pipelineClock(pool, page.pipelineId);
      // Paused again: the next resume wakes them all.
      if (clock === null || clock.pausedAtMs !== undefined) return { after: null, woken };
      const streams = await parkedStreams(pool, { ...page, limit: pageSize });
      await wake(streams, clock);
      const last = streams.length < pageSize ? undefined : streams.at(-1);
      // What a try before had woken, or a command, is not found again: at the end all are awake.
      const awake = last === undefined ? toWake : woken + streams.length;
      await noteWoken(pool, page.pipelineId, toWake, awake);
      return { after: last ?? null, woken: awake };
    },
  };
}
