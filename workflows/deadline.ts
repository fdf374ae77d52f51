// The one timer of a stream: it is never cancelled, and looks anew at what is due when it fires.
import { isCancellation, patched, sleep } from '@temporalio/workflow';
import { elapse, nextDeadline } from '../core/claims.js';
import { hearClock, readClock } from './pauses.js';
import type { Stream } from './stream.js';
import { apply } from './stream.js';

/** A pause that began meanwhile moves what is due, so Postgres is asked before anything is taken from anybody (ADR 20). */
async function fire(stream: Stream, wall: number): Promise<void> {
  if (patched('pauses-move-deadlines')) hearClock(stream, await readClock(stream));
  if (stream.armedFor === wall) stream.armedFor = undefined;
  apply(stream, elapse);
  arm(stream);
}

export function arm(stream: Stream): void {
  const { state, armedFor } = stream;
  const wall = nextDeadline(state);
  if (wall === undefined || state.status !== 'open' || (armedFor !== undefined && armedFor <= wall)) return;
  stream.armedFor = wall;
  const fired = (): Promise<void> => fire(stream, wall);
  sleep(Math.max(1, wall - Date.now()), { summary: 'look whether a lease or reservation has ended' }).then(
    fired,
    (error: unknown) => {
      if (!isCancellation(error)) throw error;
    },
  );
}
