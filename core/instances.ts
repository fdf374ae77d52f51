// How a node instance comes into being.
import { runningTime } from './clock.js';
import { instanceId, slotId } from './ids.js';
import type { PlanNode } from './plan-node.js';
import type { Instance, NodeStatus, StreamState } from './state.js';

type Extras = Partial<Omit<Instance, 'id' | 'node' | 'kind' | 'visit' | 'status' | 'version' | 'openedAt'>>;

const unworked: readonly NodeStatus[] = ['na', 'deferred', 'finished'];

/** The next visit of a node. */
export function newInstance(
  state: StreamState,
  node: PlanNode,
  status: NodeStatus,
  at: number,
  extras: Extras = {},
): Instance {
  const deferred = state.instances[state.current[node.key] ?? ''];
  const visit = deferred?.status === 'deferred' ? deferred.visit : (state.visits[node.key] ?? 0) + 1;
  const excluded = excludedFrom(state, node);
  return {
    id: instanceId(state.task.cycleId, node.key, visit),
    node: node.key,
    kind: node.kind,
    visit,
    status,
    version: (deferred?.version ?? 0) + 1,
    openedAt: at,
    ...(status === 'available' ? { reason: 'NEW' as const } : {}),
    ...(unworked.includes(status) ? {} : dueFrom(state, node, at)),
    ...(excluded.length > 0 && status !== 'na' ? { excluded } : {}),
    ...extras,
  };
}

/** When it is due, where its node says so. */
export const dueFrom = (state: StreamState, { key, dueMs }: PlanNode, at: number): { dueAt?: number } =>
  dueMs === undefined ? {} : { dueAt: runningTime(state.clock, at, key) + dueMs };

/** Until when an external program may answer, where its node has a time. */
export const timeoutFrom = (state: StreamState, node: PlanNode | undefined, at: number): { timeoutAt?: number } =>
  node?.timeoutMs === undefined ? {} : { timeoutAt: runningTime(state.clock, at, node.key) + node.timeoutMs };

/** Who may not take it: who is ruled out by an earlier step, and who gave it back to others. */
export function ruledOut({ excluded = [], skippedBy = [] }: Pick<Instance, 'excluded' | 'skippedBy'>): string[] {
  return skippedBy.length === 0 ? excluded : [...new Set([...excluded, ...skippedBy])];
}

/** One more slot of a consensus instance. */
export function newSlot(consensus: Instance, slot: number, at: number): Instance {
  const { id, node, kind, visit, version, reason = 'NEW', excluded, dueAt } = consensus;
  return {
    id: slotId(id, slot),
    node,
    kind,
    visit,
    status: 'available',
    version,
    openedAt: at,
    reason,
    ...(excluded ? { excluded } : {}),
    ...(dueAt === undefined ? {} : { dueAt }),
    slot,
    parent: id,
  };
}

/** The slots of a consensus instance, one per voter, open together. */
export function newSlots(consensus: Instance, count: number, at: number): Instance[] {
  return Array.from({ length: count }, (_, index) => newSlot(consensus, index + 1, at));
}

/** Who worked at the nodes that rule out, so far. */
export function excludedFrom(state: StreamState, node: PlanNode): string[] {
  return [...new Set(node.exclude.flatMap((key) => state.results[key]?.performers ?? []))];
}
