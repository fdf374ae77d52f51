// The present round of a stream: which edges are decided, and which instance stands for each node.
import type { CycleEvent } from './events.js';
import { route } from './graph.js';
import { reportedEdges } from './migrate.js';
import type { Instance, ReworkExit, ReworkRef, StreamState } from './state.js';
import { currentInstance } from './state.js';

type EventOf<T extends CycleEvent['type']> = Extract<CycleEvent, { type: T }>;

export function withEdges(state: StreamState, node: string, outcome: string): StreamState {
  const { taken, untaken } = route(state.plan, node, outcome);
  const edges = { ...state.edges };
  for (const index of taken) edges[String(index)] = 'live';
  for (const index of untaken) edges[String(index)] = 'dead';
  return { ...state, edges };
}

/** Takes nodes out of the present round, with the edges that leave them, so that they are worked again. */
export function cleared(
  state: StreamState,
  nodes: readonly string[],
  keepsEdge: (index: number) => boolean,
): StreamState {
  const edges = new Map(Object.entries(state.edges));
  state.plan.edges.forEach((edge, index) => {
    if (nodes.includes(edge.from) && !keepsEdge(index)) edges.delete(String(index));
  });
  const current = Object.fromEntries(Object.entries(state.current).filter(([node]) => !nodes.includes(node)));
  const carried = state.carried && { carried: state.carried.filter((node) => !nodes.includes(node)) };
  return { ...state, edges: Object.fromEntries(edges), current, ...carried };
}

/** Nodes that a dropped child was at are worked again once it has said how far it had got. */
export function overtaken(state: StreamState, { nodes, dropped }: EventOf<'overtaken'>): StreamState {
  const next = cleared(state, nodes, () => false);
  const ended = dropped.flatMap((child): [string, ReworkRef][] => {
    const rework = state.reworks[child];
    const { scope, startedAt } = rework ?? {};
    return scope && startedAt !== undefined ? [[child, { scope, startedAt, dropped: true, overtaken: true }]] : [];
  });
  return { ...next, reworks: { ...next.reworks, ...Object.fromEntries(ended) } };
}

const without = <T>(record: Record<string, T>, key: string): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));

/** A branch that was passed by becomes reachable again: its nodes and what they passed on are undecided anew. */
function revived(state: StreamState, node: string): StreamState {
  const instance = currentInstance(state, node);
  // A review that was passed over by its sample has an outcome: it was come to, and stays decided.
  if (instance?.status !== 'na' || instance.outcome !== undefined) return state;
  let next: StreamState = { ...state, current: without(state.current, node) };
  state.plan.edges.forEach((edge, index) => {
    if (edge.from !== node || next.edges[String(index)] !== 'dead') return;
    next = revived({ ...next, edges: without(next.edges, String(index)) }, edge.to);
  });
  return next;
}

/** Counters start again, but are kept: where there is one, the review has failed this task once. */
const startedAgain = (counters: StreamState['counters']): StreamState['counters'] =>
  Object.fromEntries(Object.keys(counters).map((review) => [review, { failures: 0, reReviews: 0 }]));

export function reworkStarted(state: StreamState, event: EventOf<'reworkStarted'>): StreamState {
  const { status } = event.initial;
  const held = status === 'escalated' || status === 'quarantined' ? { held: status } : {};
  const rework = { scope: event.scope, startedAt: event.at, ...held };
  const { node, visit } = event.initial;
  return {
    ...state,
    visits: { ...state.visits, [node]: visit },
    reworks: { ...state.reworks, [event.child]: rework },
  };
}

/** Of a dropped child the visits count, as the same node is never given the same visit twice, and which reviews failed. */
function droppedEnded(state: StreamState, child: string, rework: ReworkRef, exit: ReworkExit): StreamState {
  return {
    ...state,
    reworks: { ...state.reworks, [child]: { ...rework, exit } },
    visits: { ...state.visits, ...exit.visits },
    counters: rework.overtaken
      ? { ...state.counters, ...exit.counters }
      : { ...startedAgain(exit.counters), ...state.counters },
  };
}

export function reworkEnded(state: StreamState, event: EventOf<'reworkEnded'>): StreamState {
  const { child, exit } = event;
  const rework = state.reworks[child];
  if (!rework) return state;
  if (rework.dropped) return droppedEnded(state, child, rework, exit);
  let next: StreamState = {
    ...state,
    reworks: { ...state.reworks, [child]: { scope: rework.scope, startedAt: rework.startedAt, exit } },
    visits: { ...state.visits, ...exit.visits },
    counters: { ...state.counters, ...exit.counters },
    results: { ...state.results, ...exit.results },
  };
  const { nodes } = rework.scope;
  const liveEdges = reportedEdges(state, rework, exit.liveEdges);
  state.plan.edges.forEach((edge, index) => {
    if (!nodes.includes(edge.from) || nodes.includes(edge.to) || next.edges[String(index)] === 'live') return;
    const live = liveEdges.includes(index);
    next = { ...next, edges: { ...next.edges, [String(index)]: live ? 'live' : 'dead' } };
    if (live) next = revived(next, edge.to);
  });
  return next;
}

export function opened(state: StreamState, instance: Instance): StreamState {
  const edges = { ...state.edges };
  if (instance.status === 'na') {
    state.plan.edges.forEach((edge, index) => {
      if (edge.from === instance.node) edges[String(index)] = 'dead';
    });
  }
  const kept = state.kept && { kept: without(state.kept, instance.node) };
  return {
    ...state,
    ...kept,
    edges,
    instances: { ...state.instances, [instance.id]: instance },
    ...(instance.parent === undefined
      ? {
          current: { ...state.current, [instance.node]: instance.id },
          visits: { ...state.visits, [instance.node]: instance.visit },
        }
      : {}),
  };
}

export function restarted(state: StreamState, { dropped }: EventOf<'restarted'>): StreamState {
  const reworks = dropped.flatMap((child): [string, ReworkRef][] => {
    const rework = state.reworks[child];
    return rework ? [[child, { scope: rework.scope, startedAt: rework.startedAt, dropped: true }]] : [];
  });
  const { carried: _, kept: __, ...rest } = state;
  return {
    ...rest,
    edges: {},
    current: {},
    results: {},
    counters: startedAgain(state.counters),
    reworks: Object.fromEntries(reworks),
  };
}
