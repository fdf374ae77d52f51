// Settings of nodes that may change while cycles run: laid over those of a version, and taken in by cycles for their next visits.
import { defined } from './defined.js';
import { durationOr } from './duration.js';
import type { CycleEvent } from './events.js';
import { route } from './graph.js';
import { excludedFrom } from './instances.js';
import type { NodeKind, NodeSettings, OnSkip, PipelineDefinition, PipelineNode, ReviewNode } from './pipeline.js';
import { skipOutcome } from './pipeline.js';
import type { Plan, PlanNode } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { Instance, StreamState } from './state.js';
import { isOpen } from './state.js';

/** What of a node is a setting; everything else is structure, which takes a new version. */
export interface LiveSettings extends Omit<NodeSettings, 'model' | 'rerunOnStatusChange'> {
  limits?: ReviewNode['limits'];
  sample?: number | undefined;
}

export type SettingName = keyof LiveSettings;

const everywhere: SettingName[] = ['lease', 'retain', 'priority', 'excludePerformersOf', 'onSkip', 'handOnDrafts'];

/** The settings that a kind of node has. */
export function settingsOfKind(kind: NodeKind): SettingName[] {
  switch (kind) {
    case 'review':
      return [...everywhere, 'limits', 'sample'];
    case 'consensus_review':
      return [...everywhere, 'limits'];
    case 'labeling':
    case 'consensus':
    case 'llm':
    case 'external':
      return everywhere;
    case 'start':
    case 'code':
    case 'gate':
    case 'chain':
    case 'checkpoint':
    case 'end':
      return [];
  }
}

/** What a version's own node says of its settings. */
export function settingsOf(node: PipelineNode): LiveSettings {
  const { model: _, rerunOnStatusChange: __, ...settings } = node.settings ?? {};
  const limits = 'limits' in node ? node.limits : undefined;
  const sample = node.kind === 'review' ? node.sample : undefined;
  return defined({ ...settings, limits, sample });
}

export type LiveByNode = Readonly<Record<string, LiveSettings>>;

function withLive(node: PipelineNode, { limits, sample, ...settings }: LiveSettings): PipelineNode {
  const own = 'limits' in node ? node.limits : undefined;
  return {
    ...node,
    settings: { ...node.settings, ...settings },
    ...(limits ? { limits: { ...own, ...limits } } : {}),
    ...defined({ sample }),
  };
}

/** A definition with the settings that are in force. */
export const inForce = (definition: PipelineDefinition, live: LiveByNode): PipelineDefinition => ({
  ...definition,
  nodes: definition.nodes.map((node) => {
    const own = Object.hasOwn(live, node.key) ? live[node.key] : undefined;
    return own ? withLive(node, own) : node;
  }),
});

/** What settings are to a cycle, all of them; times in milliseconds. */
export interface Tuning {
  leaseMs: number;
  retainMs: number;
  priority: number;
  exclude: string[];
  onSkip?: OnSkip;
  maxReviewFailures?: number;
  maxReReviews?: number;
  sample?: number;
}

/** What a version can't route stays as the version has it. */
function onSkipOf(plan: Plan, node: PlanNode, live: LiveSettings): OnSkip | undefined {
  const { onSkip = node.onSkip } = live;
  if (onSkip === 'leave' && route(plan, node.key, skipOutcome).taken.length === 0) return node.onSkip;
  return onSkip === 'others' ? undefined : onSkip;
}

function reviewTuning({ review }: PlanNode, { limits, sample }: LiveSettings) {
  if (!review) return {};
  const { maxReviewFailures, maxReReviews, sample: own } = { ...review, ...defined(limits ?? {}) };
  const share = sample ?? own;
  return { maxReviewFailures, maxReReviews, ...(share === undefined || share === 1 ? {} : { sample: share }) };
}

/** A node of a version as the settings have it. */
export function tuningOf(plan: Plan, node: PlanNode, live: LiveSettings): Tuning {
  const { excludePerformersOf, priority = node.priority } = live;
  const always = node.review ? [node.review.of] : [];
  return {
    leaseMs: durationOr(live.lease, node.leaseMs),
    retainMs: durationOr(live.retain, node.retainMs),
    priority,
    exclude: excludePerformersOf ? [...new Set([...excludePerformersOf, ...always])] : node.exclude,
    ...defined({ onSkip: onSkipOf(plan, node, live) }),
    ...reviewTuning(node, live),
  };
}

function tuned(node: PlanNode, tuning: Tuning): PlanNode {
  const { leaseMs, retainMs, priority, exclude, onSkip, sample, ...limits } = tuning;
  const { onSkip: _, review, ...rest } = node;
  const { sample: __, ...rule } = review ?? {};
  return {
    ...rest,
    ...{ leaseMs, retainMs, priority, exclude },
    ...defined({ onSkip }),
    ...(review ? { review: { ...rule, ...limits, ...defined({ sample }) } } : {}),
  } as PlanNode;
}

/** All live settings of a pipeline; the number is one higher with each change. */
export interface PipelineSettings {
  number: number;
  nodes: LiveByNode;
}

/** The plan that a new cycle of a version begins with. */
export function withSettings(plan: Plan, { number, nodes: live }: PipelineSettings): Plan {
  if (number === 0) return plan;
  const nodes = plan.nodes.map((node) => {
    const own = Object.hasOwn(live, node.key) ? live[node.key] : undefined;
    return own ? tuned(node, tuningOf(plan, node, own)) : node;
  });
  return { ...plan, nodes, settings: number };
}

export interface TunedNode {
  /** Milliseconds. */
  changedAt: number;
  tuning: Tuning;
}

type Changed = Extract<CycleEvent, { type: 'settingsChanged' }>;

/** Visits opened since take the settings in; others keep the lease, and who may claim, that they were opened with. */
function retuned(state: StreamState, before: Plan, instance: Instance, { nodes }: Changed): Instance {
  const change = Object.hasOwn(nodes, instance.node) ? nodes[instance.node] : undefined;
  if (!change || !isOpen(instance)) return instance;
  const node = planNode(state.plan, instance.node);
  const isNew = instance.openedAt >= change.changedAt && instance.status === 'available';
  if (!node || !isNew) return { leaseMs: planNode(before, instance.node)?.leaseMs ?? 0, ...instance };
  const { excluded: _, leaseMs: __, ...rest } = instance;
  const excluded = excludedFrom(state, node);
  return { ...rest, version: rest.version + 1, ...(excluded.length > 0 ? { excluded } : {}) };
}

export function settingsChanged(state: StreamState, event: Changed): StreamState {
  const nodes = state.plan.nodes.map((node) => {
    const change = Object.hasOwn(event.nodes, node.key) ? event.nodes[node.key] : undefined;
    return change ? tuned(node, change.tuning) : node;
  });
  const next = { ...state, plan: { ...state.plan, nodes, settings: event.number } };
  const instances = Object.entries(state.instances).map(([id, instance]) => [
    id,
    retuned(next, state.plan, instance, event),
  ]);
  return { ...next, instances: Object.fromEntries(instances) as StreamState['instances'] };
}
