// Checkpoints as a cycle sees them: where it stands towards each, when it is let through, and what the cycle that a checkpoint
// starts runs. Whether all of a batch has come is not the cycle's to know: it is told.
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import { defined } from './defined.js';
import { leavingEvents } from './ending.js';
import type { CycleEvent } from './events.js';
import { descendantsOf } from './graph.js';
import { isObject } from './json.js';
import { heldBack } from './overtaken.js';
import { itemOutcome } from './pipeline.js';
import type { PipelineEdge } from './pipeline.js';
import type { Plan, PlanEdge, PlanNode } from './plan-node.js';
import type { StreamState, SubmissionRef } from './state.js';
import { currentInstance } from './state.js';

type CheckpointNode = PlanNode & { checkpoint: NonNullable<PlanNode['checkpoint']> };

/** How an item stands towards a checkpoint that has not fired for it. `gone`: it won't come. */
export interface Standing {
  node: string;
  standing: 'coming' | 'arrived' | 'gone';
  of: string;
  per: 'task' | 'assignment';
  /** Whose share it is in, or would be in as things are; of checkpoints per assignment only. */
  assignee?: string;
  /** What was handed in at the node that the checkpoint is of. */
  submission?: SubmissionRef;
}

export const checkpointsOf = (plan: Plan): CheckpointNode[] =>
  plan.nodes.filter((node): node is CheckpointNode => node.checkpoint !== undefined);

/** Who did the work that a share is made of. */
const performerOf = (state: StreamState, of: string): string | undefined => state.results[of]?.performers[0];

/** An earlier cycle of the task has done it. */
const isCarried = ({ carried }: StreamState, key: string): boolean => carried?.includes(key) === true;

/** Rework of it may become anybody's. */
const isReworked = (state: StreamState, of: string): boolean =>
  Object.values(state.reworks).some(({ exit, scope }) => !exit && scope.nodes.includes(of));

/** Who has the work at a node, or did it; undefined while anybody might still take it. */
function assigneeAt(state: StreamState, of: string): string | undefined {
  const instance = currentInstance(state, of);
  if (isReworked(state, of)) return undefined;
  if (!instance) return isCarried(state, of) ? performerOf(state, of) : undefined;
  if (instance.status === 'claimed') return instance.assignee;
  return instance.status === 'submitted' || instance.status === 'finished' ? performerOf(state, of) : undefined;
}

/** The node was passed by, or left without work: the item is in nobody's share. */
function isNobodys(state: StreamState, of: string): boolean {
  const instance = currentInstance(state, of);
  if (instance?.status === 'na') return true;
  const isDone = instance ? instance.status === 'finished' : isCarried(state, of);
  return isDone && performerOf(state, of) === undefined;
}

/** Also where an earlier cycle of the task came through it. */
function isPassed(state: StreamState, key: string): boolean {
  const instance = currentInstance(state, key);
  return (instance !== undefined && instance.status !== 'deferred') || isCarried(state, key);
}

/** What came to it is open again or reworked, and takes the place of what is held. */
function isDoneAnew(state: StreamState, key: string): boolean {
  const reworks = Object.values(state.reworks).filter(({ exit }) => !exit);
  const isBehind = (node: string): boolean => descendantsOf(state.plan.edges, node).has(key);
  return heldBack(state).has(key) || reworks.some(({ scope }) => scope.nodes.some(isBehind));
}

function wayTo(state: StreamState, key: string): Standing['standing'] {
  if (state.status !== 'open') return 'gone';
  if (currentInstance(state, key)?.status === 'submitted') return isDoneAnew(state, key) ? 'coming' : 'arrived';
  return isPassed(state, key) ? 'gone' : 'coming';
}

function standingAt(state: StreamState, { key, checkpoint }: CheckpointNode): Standing {
  const { of, per } = checkpoint;
  const base = { node: key, of, per };
  // The task's next cycle is on its way.
  if (state.replaced) return { ...base, standing: 'coming' };
  const standing = wayTo(state, key);
  if (standing === 'arrived') {
    const assignee = per === 'assignment' ? performerOf(state, of) : undefined;
    return { ...base, standing, ...defined({ assignee, submission: state.results[of]?.submission }) };
  }
  if (standing === 'gone' || (per === 'assignment' && isNobodys(state, of))) return { ...base, standing: 'gone' };
  const assignee = per === 'assignment' ? assigneeAt(state, of) : undefined;
  return { ...base, standing: 'coming', ...defined({ assignee }) };
}

const isFired = (state: StreamState, node: string): boolean => Object.hasOwn(state.fired ?? {}, node);

/** Where a cycle stands towards each checkpoint of its pipeline that it still matters to. */
export function standings(state: StreamState): Standing[] {
  if (state.task.batchId === undefined) return [];
  return checkpointsOf(state.plan)
    .filter(({ key }) => !isFired(state, key))
    .map((node) => standingAt(state, node));
}

/** Checkpoints whose firing may not take in any more what was held there before. */
export function takenBack(before: StreamState | undefined, after: StreamState): string[] {
  const held = new Map(before && standings(before).map((standing) => [standing.node, standing]));
  return standings(after)
    .filter(({ node, standing, submission }) => {
      const had = held.get(node);
      return had?.standing === 'arrived' && (standing !== 'arrived' || submission?.id !== had.submission?.id);
    })
    .map(({ node }) => node);
}

/** As a cycle stands before it has begun: what its batch assumes of it unless it is told otherwise. */
export const firstStandings = (plan: Plan): Standing[] =>
  checkpointsOf(plan).map(({ key, checkpoint: { of, per } }) => ({ node: key, of, per, standing: 'coming' }));

/**
 * Nothing to wait for: it has fired, the task is in no batch or in nobody's share; or work is being done again that had been
 * through before.
 */
function isLetThrough(state: StreamState, { key, checkpoint }: CheckpointNode): boolean {
  if (state.scope || state.task.batchId === undefined || isFired(state, key)) return true;
  return checkpoint.per === 'assignment' && performerOf(state, checkpoint.of) === undefined;
}

/** What waits at checkpoints that have nothing to wait for goes on. */
export function letThrough(state: StreamState, at: number): CycleEvent[] {
  for (const node of checkpointsOf(state.plan)) {
    const instance = currentInstance(state, node.key);
    if (instance?.status === 'submitted' && isLetThrough(state, node)) return leavingEvents(instance, itemOutcome, at);
  }
  return [];
}

const isContextEdge = (checkpoint: string, { from, on }: PipelineEdge): boolean =>
  from === checkpoint && on !== itemOutcome;

/** The nodes that run in the cycle which a checkpoint starts. */
export function contextNodes(edges: readonly PipelineEdge[], checkpoint: string): Set<string> {
  const entries = edges.filter((edge) => isContextEdge(checkpoint, edge)).map(({ to }) => to);
  return new Set(entries.flatMap((entry) => [entry, ...descendantsOf(edges, entry)]));
}

/** The plan of the cycle that a checkpoint starts: it begins at the checkpoint and takes the edges that are not its items'. */
export function contextPlan(plan: Plan, checkpoint: string): Plan {
  const nodes = contextNodes(plan.edges, checkpoint);
  return {
    nodes: plan.nodes.flatMap((node): PlanNode[] => {
      if (nodes.has(node.key)) return [node];
      if (node.key !== checkpoint) return [];
      const { checkpoint: _, ...rest } = node;
      return [{ ...rest, kind: 'start', actions: [] }];
    }),
    edges: plan.edges.flatMap((edge): PlanEdge[] => {
      if (isContextEdge(checkpoint, edge)) return [{ from: edge.from, to: edge.to }];
      return nodes.has(edge.from) ? [edge] : [];
    }),
  };
}

/** Guards what a checkpoint tells a cycle: anybody can send it. */
export function parseFired(body: unknown): Decision<{ node: string }> {
  const node = isObject(body) ? body['node'] : undefined;
  return typeof node === 'string' && node.length <= 100
    ? accept({ node })
    : reject('MALFORMED_COMMAND', 'no node of a checkpoint');
}
