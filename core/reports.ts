// What rework children report to their cycle. A report may come before its child is known: after a reset, messages are
// delivered again in another order than they first came.
import { endingEvents, restartEvents } from './ending.js';
import { evolve } from './evolve.js';
import type { CycleEvent } from './events.js';
import type { ReworkExit, StreamState } from './state.js';

function taken(state: StreamState, child: string, exit: ReworkExit, at: number): CycleEvent[] {
  const ended: CycleEvent = { type: 'reworkEnded', at, child, exit };
  if (state.reworks[child]?.dropped) return [ended];
  switch (exit.how) {
    case 'passed':
      return [ended];
    case 'failed':
      return [ended, ...endingEvents(state, { how: 'failed', at, cause: exit.cause ?? '' })];
    case 'discarded':
      return [ended, ...endingEvents(state, { how: 'discarded', at })];
    case 'restarted':
      return [ended, ...restartEvents(evolve(state, ended), at)];
  }
}

/** Takes in the reports that are there for children that have not ended; one that was taken in changes nothing. */
export function reportEvents(state: StreamState, at: number): CycleEvent[] {
  for (const [child, rework] of Object.entries(state.reworks)) {
    const exit = Object.hasOwn(state.reports, child) ? state.reports[child] : undefined;
    if (exit && !rework.exit) return taken(state, child, exit, at);
  }
  return [];
}
