// How a stream ends: what is still open is closed first, so that nobody holds work of a task that is over.
import type { CycleEvent } from './events.js';
import type { CycleOutcome } from './pipeline.js';
import { cycleOutcomes } from './pipeline.js';
import type { Actor, ReworkExit, StreamState } from './state.js';
import { isOpen } from './state.js';

interface Ending {
  how: ReworkExit['how'];
  at: number;
  actor?: Actor;
  cause?: string;
  /** An instance that the same command finishes by itself. */
  except?: string;
}

/** Closes what is open: overtaken instances end with the outcome `superseded`. */
export function closingEvents(state: StreamState, at: number, except?: string): CycleEvent[] {
  return Object.values(state.instances)
    .filter((instance) => isOpen(instance) && instance.id !== except)
    .map((instance) => ({ type: 'finished', at, instance: instance.id, outcome: 'superseded' }));
}

/** The outcome of the ends that were reached; where there are several, the one that keeps most of the work. */
export function reachedOutcome(state: StreamState): CycleOutcome {
  const reached = Object.values(state.instances)
    .filter(({ kind, id, node }) => kind === 'end' && state.current[node] === id)
    .map(({ outcome }) => outcome);
  return cycleOutcomes.find((outcome) => reached.includes(outcome)) ?? 'discard';
}

function exitOf(state: StreamState, how: ReworkExit['how']): ReworkExit {
  const scope = state.scope?.nodes ?? [];
  const liveEdges = state.plan.edges.flatMap((edge, index) =>
    scope.includes(edge.from) && !scope.includes(edge.to) && state.edges[String(index)] === 'live' ? [index] : [],
  );
  return { how, liveEdges, visits: state.visits, counters: state.counters, results: state.results };
}

export function endingEvents(state: StreamState, { how, at, actor, cause, except }: Ending): CycleEvent[] {
  const outcome: CycleOutcome = how === 'passed' ? reachedOutcome(state) : 'discard';
  return [
    ...closingEvents(state, at, except),
    {
      type: 'ended',
      at,
      outcome,
      ...(state.scope ? { exit: exitOf(state, how) } : {}),
      ...(actor ? { actor } : {}),
      ...(cause === undefined ? {} : { cause }),
    },
  ];
}
