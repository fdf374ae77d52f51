// Topology of a pipeline: which nodes come before which, and how outcomes travel along edges.
import type { Plan, PlanEdge } from './plan-node.js';
import { discardAction } from './pipeline.js';

interface Arrow {
  from: string;
  to: string;
}

function reach(start: string, next: (key: string) => string[]): Set<string> {
  const found = new Set<string>();
  const open = next(start);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (found.has(key)) continue;
    found.add(key);
    open.push(...next(key));
  }
  return found;
}

/** Every node from which `key` can be reached. */
export function ancestorsOf(edges: readonly Arrow[], key: string): Set<string> {
  return reach(key, (at) => edges.filter((edge) => edge.to === at).map((edge) => edge.from));
}

export function descendantsOf(edges: readonly Arrow[], key: string): Set<string> {
  return reach(key, (at) => edges.filter((edge) => edge.from === at).map((edge) => edge.to));
}

export function hasLoop(edges: readonly Arrow[]): boolean {
  return edges.some((edge) => edge.from === edge.to || descendantsOf(edges, edge.to).has(edge.from));
}

/** The nodes worked again when `review` sends work back to `target`: both, and everything on a way between them. */
export function reworkedNodes(plan: Plan, target: string, review: string): string[] {
  const after = descendantsOf(plan.edges, target);
  const before = ancestorsOf(plan.edges, review);
  return plan.nodes
    .map((node) => node.key)
    .filter((key) => key === target || key === review || (after.has(key) && before.has(key)));
}

/** Indexes of the edges that an outcome of `node` takes, and of those it leaves untaken. */
export function route(plan: Plan, node: string, outcome: string): { taken: number[]; untaken: number[] } {
  const leaving = plan.edges.map((edge, index) => ({ edge, index })).filter(({ edge }) => edge.from === node);
  const named = leaving.some(({ edge }) => edge.on === outcome);
  const takes = (edge: PlanEdge): boolean => {
    if (named) return edge.on === outcome;
    // Discard never slips along the edge that is meant for everything else: the task would be worked on.
    return edge.on === undefined && outcome !== discardAction;
  };
  return {
    taken: leaving.filter(({ edge }) => takes(edge)).map(({ index }) => index),
    untaken: leaving.filter(({ edge }) => !takes(edge)).map(({ index }) => index),
  };
}
