// What follows a node that is done once more: everything behind it is superseded, and runs again once. Nothing is touched before
// that node completes, so it is here that the completion of a reopened visit is told from any other.
import type { CycleEvent } from './events.js';
import { descendantsOf } from './graph.js';
import { planNode } from './plan-node.js';
import type { Instance, ReviewCounter, StreamState } from './state.js';
import { currentInstance, isOpen } from './state.js';

/** Its outcome led on, so that what follows could begin. */
export function isDone({ plan, edges }: StreamState, node: string): boolean {
  const leaving = plan.edges.flatMap((edge, index) => (edge.from === node ? [edges[String(index)]] : []));
  return leaving.length > 0 && leaving.every((edge) => edge !== undefined);
}

const isAtWork = ({ exit, dropped }: StreamState['reworks'][string]): boolean => !exit && !dropped;

/** Rework children that have any of the nodes. */
function childrenAt({ reworks }: StreamState, nodes: ReadonlySet<string>): [child: string, nodes: string[]][] {
  return Object.entries(reworks).flatMap(([child, rework]): [string, string[]][] =>
    isAtWork(rework) && rework.scope.nodes.some((node) => nodes.has(node)) ? [[child, rework.scope.nodes]] : [],
  );
}

/** All that comes after a node in this stream, and with it, whole, the rework that any of it is in. */
export function following(state: StreamState, node: string): { nodes: string[]; children: string[] } {
  const nodes = descendantsOf(state.plan.edges, node);
  let children = childrenAt(state, nodes);
  for (let known = -1; known !== nodes.size; children = childrenAt(state, nodes)) {
    known = nodes.size;
    for (const key of children.flatMap(([, scope]) => scope)) {
      for (const each of [key, ...descendantsOf(state.plan.edges, key)]) nodes.add(each);
    }
  }
  const { scope } = state;
  const own = [...nodes].filter((key) => key !== node && (!scope || scope.nodes.includes(key)));
  return { nodes: own, children: children.map(([child]) => child) };
}

/** It is still to be worked on, or stands for its node. */
function isReplaced(state: StreamState, { id, node, status }: Instance): boolean {
  if (status === 'deferred' || status === 'available' || status === 'claimed' || status === 'submitted') return true;
  return status === 'escalated' || status === 'quarantined' || (status === 'finished' && state.current[node] === id);
}

export const supersededAt = (state: StreamState, nodes: readonly string[], at: number): CycleEvent[] =>
  Object.values(state.instances)
    .filter((instance) => nodes.includes(instance.node) && isReplaced(state, instance))
    .map(({ id }) => ({ type: 'finished', at, instance: id, outcome: 'superseded' }));

/** A review that has judged, and will again: a further round, but no failure. */
function furtherRounds(state: StreamState, nodes: readonly string[], at: number): CycleEvent[] {
  return nodes.flatMap((review): CycleEvent[] => {
    if (!planNode(state.plan, review)?.review || !state.results[review] || !isDone(state, review)) return [];
    const { failures, reReviews } = state.counters[review] ?? { failures: 0, reReviews: 0 };
    const counter: ReviewCounter = { failures, reReviews: reReviews + 1, reopened: true };
    return [{ type: 'counted', at, review, counter }];
  });
}

/** Takes back what came after a node, which is about to lead on anew. */
export function overtakingEvents(state: StreamState, node: string, at: number): CycleEvent[] {
  const { nodes, children } = following(state, node);
  return [
    ...supersededAt(state, nodes, at),
    ...furtherRounds(state, nodes, at),
    { type: 'overtaken', at, node, nodes, dropped: children },
  ];
}

/** A review rejected the work while it was open again already: it waits for it, whatever the node says of reruns. */
function isAwaitedByReview(state: StreamState, nodes: readonly string[]): boolean {
  return nodes.some((key) => {
    const review = planNode(state.plan, key)?.review && currentInstance(state, key);
    if (review?.status !== 'finished' || isDone(state, key)) return false;
    return !Object.values(state.reworks).some((rework) => isAtWork(rework) && rework.scope.review === key);
  });
}

/** Where a reopened visit leads on, what came after it is overtaken first; or, where its node says so, stays as it is. */
export function withOvertaken(state: StreamState, event: CycleEvent): CycleEvent[] {
  if (event.type !== 'routed') return [event];
  const { reopened } = currentInstance(state, event.node) ?? {};
  if (reopened === undefined) return [event];
  const stays =
    reopened === 'keep' && isDone(state, event.node) && !isAwaitedByReview(state, following(state, event.node).nodes);
  return stays ? [] : [...overtakingEvents(state, event.node, event.at), event];
}

/** The visit of a node that is open again, while what came after it goes on. */
export function reopenedVisit(state: StreamState, node: string): Instance | undefined {
  const instance = currentInstance(state, node);
  return instance?.reopened !== undefined && isOpen(instance) && instance.status !== 'submitted' ? instance : undefined;
}

/** Nodes that would begin on work that is open again: those that have not begun wait for it. */
export function heldBack(state: StreamState): ReadonlySet<string> {
  const open = Object.values(state.instances).filter(
    ({ node, reopened }) => reopened === 'rerun' && reopenedVisit(state, node) !== undefined,
  );
  return new Set(open.flatMap(({ node }) => [...descendantsOf(state.plan.edges, node)]));
}
