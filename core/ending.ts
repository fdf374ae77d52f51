// How a stream ends: what is still open is closed first, so that nobody holds work of a task that is over.
import { defined } from './defined.js';
import type { CycleEvent } from './events.js';
import type { CycleOutcome } from './pipeline.js';
import { cycleOutcomes, itemOutcome } from './pipeline.js';
import type { Actor, Instance, ReworkExit, StreamState } from './state.js';
import { isOpen } from './state.js';

interface Ending {
  how: ReworkExit['how'];
  at: number;
  actor?: Actor;
  cause?: string;
  /** The cycle that follows. */
  replacedBy?: string;
  /** An instance that the same command finishes by itself. */
  except?: string;
}

/** Closes what is open, and joins that wait for work that will not come: they end with the outcome `superseded`. */
export function closingEvents(state: StreamState, at: number, except?: string): CycleEvent[] {
  return Object.values(state.instances)
    .filter((instance) => (isOpen(instance) || instance.status === 'deferred') && instance.id !== except)
    .map((instance) => ({ type: 'finished', at, instance: instance.id, outcome: 'superseded' }));
}

/** A cycle whose way ends at a checkpoint did what it was there for. */
const endOutcome = ({ kind, outcome }: Instance): string | undefined => {
  if (kind === 'end') return outcome;
  return kind === 'checkpoint' && outcome === itemOutcome ? 'complete' : undefined;
};

/** The outcome of the ends that were reached; where there are several, the one that keeps most of the work. */
export function reachedOutcome(state: StreamState): CycleOutcome {
  const reached = Object.values(state.instances)
    .filter(({ id, node }) => state.current[node] === id)
    .map(endOutcome);
  return cycleOutcomes.find((outcome) => reached.includes(outcome)) ?? 'discard';
}

function exitOf(state: StreamState, how: ReworkExit['how']): ReworkExit {
  const scope = state.scope?.nodes ?? [];
  const liveEdges = state.plan.edges.flatMap((edge, index) =>
    scope.includes(edge.from) && !scope.includes(edge.to) && state.edges[String(index)] === 'live' ? [index] : [],
  );
  const own = <T>(record: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([node]) => scope.includes(node)));
  return { how, liveEdges, visits: own(state.visits), counters: own(state.counters), results: own(state.results) };
}

export function endingEvents(state: StreamState, { how, at, actor, cause, replacedBy, except }: Ending): CycleEvent[] {
  const outcome: CycleOutcome = how === 'passed' ? reachedOutcome(state) : 'discard';
  const failed = how === 'failed' && cause !== undefined ? { cause } : {};
  return [
    ...closingEvents(state, at, except),
    {
      type: 'ended',
      at,
      ...(how === 'failed' ? {} : { outcome }),
      ...(state.scope ? { exit: { ...exitOf(state, how), ...failed } } : {}),
      ...(actor ? { actor } : {}),
      ...defined({ cause, replacedBy }),
    },
  ];
}

/** A node instance is done, and its outcome leads on. */
export const leavingEvents = ({ id, node }: Instance, outcome: string, at: number): CycleEvent[] => [
  { type: 'finished', at, instance: id, outcome },
  { type: 'routed', at, node, outcome },
];

/** The start node is done as soon as a cycle begins. */
export function startEvent(state: StreamState, at: number): CycleEvent {
  const start = state.plan.nodes.find((node) => node.kind === 'start');
  return { type: 'routed', at, node: start?.key ?? '', outcome: 'started' };
}

/**
 * Everything that is open is closed, here and in the rework children. Once those have said how far they had got, the cycle
 * begins at its start node again.
 */
export function restartEvents(state: StreamState, at: number): CycleEvent[] {
  const dropped = Object.entries(state.reworks).flatMap(([child, { exit }]) => (exit ? [] : [child]));
  return [...closingEvents(state, at), { type: 'restarted', at, dropped }];
}
