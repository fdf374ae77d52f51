// How work gets into pipelines by itself: the words of seeders and triggers, and where a trigger may let a cycle begin.
import { ancestorsOf } from './graph.js';
import type { PipelineDefinition, PipelineNode } from './pipeline.js';
import type { Plan } from './plan-node.js';
import type { TaskStatus } from './state.js';

export const seederStates = ['running', 'paused', 'stopped', 'exhausted'] as const;

/** Where items come from. A list is stored with the seeder. */
export type SeederSource =
  { kind: 'list' } | { kind: 'url'; url: string } | { kind: 'generator'; name: string; input?: unknown };

export const triggerKinds = ['cron', 'event', 'webhook'] as const;
/** `spent`: it was to fire once, and has. */
export const triggerStates = ['active', 'paused', 'spent'] as const;

export const triggerEvents = ['task.created', 'task.status'] as const;

export interface TriggerSettings {
  /** Cron: when, by a cron expression or every so often (ISO 8601). */
  cron?: string | undefined;
  every?: string | undefined;
  /** IANA name; default UTC. */
  timezone?: string | undefined;
  /** ISO 8601: how late what was missed is still made up for. */
  catchUp?: string | undefined;
  /** Event. */
  on?: (typeof triggerEvents)[number] | undefined;
  /** `task.status`: only into this one, with this outcome. */
  status?: TaskStatus | undefined;
  outcome?: string | undefined;
}

/** The task that a trigger makes; texts are CEL expressions over what it was fired with. */
export interface TriggerTask {
  /** By field; left out: the data that it was fired with. */
  data?: Record<string, string> | undefined;
  externalId?: string | undefined;
  priority?: number | undefined;
  tags?: string[] | undefined;
}

/** What a trigger was fired with. */
export interface Firing {
  /** The same for every try: one firing is one task. */
  key: string;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  /** Of an event: the task that it happened to. */
  task?: { id: string; externalId: string | null; title: string; priority: number; tags: string[] } | undefined;
}

/** The plan of a cycle that begins at another node: what comes before it is never come to, so it reads `na`. */
export function planFrom(plan: Plan, node: string | null): Plan {
  const start = plan.nodes.find(({ kind }) => kind === 'start')?.key;
  if (node === null || node === start || start === undefined) return plan;
  const edges = plan.edges.filter(({ from }) => from !== start);
  return { ...plan, edges: [...edges, { from: start, to: node }] };
}

/** Nodes whose work a node needs to be done in the same cycle. */
const needsOf = (node: PipelineNode): string[] => {
  if (node.kind === 'review') return [node.reviews, node.rejectTo ?? node.reviews];
  return node.kind === 'consensus_review' ? [node.reviews] : [];
};

/** Why no cycle can begin at a node; undefined where one can. */
export function entryProblem({ nodes, edges }: Pick<PipelineDefinition, 'nodes' | 'edges'>, key: string) {
  const entry = nodes.find((node) => node.key === key);
  if (!entry) return `there is no node "${key}"`;
  if (entry.kind === 'end') return 'a cycle that begins at an end node has nothing to do';
  const isReached = (other: string): boolean => other === key || ancestorsOf(edges, other).has(key);
  for (const node of nodes) {
    if (!isReached(node.key)) continue;
    const missing = needsOf(node).find((needed) => !isReached(needed));
    if (missing !== undefined)
      return `"${node.key}" judges the work of "${missing}", which a cycle from here never does`;
  }
  return undefined;
}
