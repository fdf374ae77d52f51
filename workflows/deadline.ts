// The one timer of a stream: it is never cancelled, and looks anew at what is due when it fires.
import { isCancellation, sleep } from '@temporalio/workflow';
import { elapse, nextDeadline } from '../core/claims.js';
import { wallTime } from '../core/clock.js';
import type { Stream } from './stream.js';
import { apply } from './stream.js';

export function arm(stream: Stream): void {
  const { state, armedFor } = stream;
  const due = nextDeadline(state);
  const wall = due === undefined ? undefined : wallTime(state.clock, due);
  if (wall === undefined || state.status !== 'open' || (armedFor !== undefined && armedFor <= wall)) return;
  stream.armedFor = wall;
  const fired = (): void => {
    if (stream.armedFor === wall) stream.armedFor = undefined;
    apply(stream, elapse);
    arm(stream);
  };
  sleep(Math.max(1, wall - Date.now()), { summary: 'next lease or reservation ends' }).then(fired, (error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
}
