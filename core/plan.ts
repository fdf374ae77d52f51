// Compiles a checked definition into the plan that travels in a cycle's input.
import { durationMs, durationOr } from './duration.js';
import { defined } from './defined.js';
import type {
  Comparator,
  ConsensusNode,
  ConsensusReviewNode,
  PipelineDefinition,
  PipelineEdge,
  PipelineNode,
  ReviewNode,
} from './pipeline.js';
import { checkpointOf, withCheckpoints } from './checkpoint-edges.js';
import type { ConsensusRule, Plan, PlanEdge, PlanNode } from './plan-node.js';
import { discardAction, reviewActions } from './pipeline.js';
import { judgesOf } from './ways-back.js';
import { codeProgram, externalOf, gateOf, modelProgram, program, staffOf } from './plan-programs.js';

const minuteMs = 60_000;
export const defaults = {
  leaseMs: 30 * minuteMs,
  retainMs: 24 * 60 * minuteMs,
  priority: 0.5,
  maxReviewFailures: 2,
  maxReReviews: 4,
} as const;

/** The actions a person may choose at a node when its definition names none. */
export function actionsOf(node: PipelineNode): string[] {
  switch (node.kind) {
    case 'labeling':
      return node.actions ?? ['complete', discardAction];
    case 'review':
      return node.actions ?? [reviewActions.approve, reviewActions.reject, discardAction];
    case 'consensus':
    case 'llm':
      return node.actions ?? ['complete'];
    case 'external':
    case 'code':
      return node.pathways ?? ['complete'];
    case 'gate':
      return [...new Set([...node.branches.map(({ outcome }) => outcome), node.otherwise])];
    case 'chain':
      return ['complete'];
    case 'consensus_review':
      return [reviewActions.approve, reviewActions.reject];
    case 'start':
    case 'checkpoint':
    case 'end':
      return [];
  }
}

function compileNode(definition: PipelineDefinition, node: PipelineNode): PlanNode {
  const settings = node.settings ?? {};
  const compiled: PlanNode = {
    key: node.key,
    kind: node.kind,
    actions: actionsOf(node),
    leaseMs: durationOr(settings.lease, defaults.leaseMs),
    retainMs: durationOr(settings.retain, defaults.retainMs),
    priority: settings.priority ?? defaults.priority,
    exclude: [...(settings.excludePerformersOf ?? [])],
    ...defined({ dueMs: settings.due === undefined ? undefined : durationMs(settings.due) }),
    ...(settings.rerunOnStatusChange === false ? { rerunOnStatusChange: false as const } : {}),
    ...(settings.onSkip === undefined || settings.onSkip === 'others' ? {} : { onSkip: settings.onSkip }),
  };
  switch (node.kind) {
    case 'review':
      return {
        ...compiled,
        exclude: [...new Set([...compiled.exclude, node.reviews])],
        review: reviewRule(definition, node),
        ...staffOf(node),
      };
    case 'consensus':
      return { ...compiled, consensus: consensusRule(node) };
    case 'consensus_review':
      return {
        ...compiled,
        exclude: [...new Set([...compiled.exclude, node.reviews])],
        review: reviewRule(definition, node),
      };
    case 'checkpoint':
      return { ...compiled, checkpoint: { of: node.of ?? '', per: node.per } };
    case 'end':
      return { ...compiled, end: node.outcome ?? 'complete' };
    case 'llm':
      return { ...compiled, program: modelProgram(node.model, 'worker', node.onFailure) };
    case 'code':
      return { ...compiled, program: codeProgram(node) };
    case 'gate':
      return { ...compiled, ...gateOf(node) };
    case 'chain':
      return { ...compiled, program: program('chain', `chain:${node.pipeline}`, node) };
    case 'external':
      return { ...compiled, ...externalOf(node) };
    case 'labeling':
      return { ...compiled, ...staffOf(node) };
    case 'start':
      return compiled;
  }
}

function reviewRule(
  definition: PipelineDefinition,
  node: ReviewNode | ConsensusReviewNode,
): NonNullable<PlanNode['review']> {
  const { reviews, limits = {} } = node;
  const { maxReviewFailures = defaults.maxReviewFailures, maxReReviews = defaults.maxReReviews } = limits;
  const own = node.kind === 'review' ? reviewOptions(node) : defined({ only: node.only });
  return { of: reviews, ...waysBack(definition, node), maxReviewFailures, maxReReviews, ...own };
}

/** A consensus review that was passed by leaves it to the voters. */
function waysBack(definition: PipelineDefinition, node: ReviewNode | ConsensusReviewNode) {
  if (node.kind === 'consensus_review') return { rejectTo: node.reviews };
  const judges = judgesOf(definition, node);
  const named = definition.nodes.find(({ key }) => key === (node.rejectTo ?? node.reviews));
  const rejectTo = named?.kind === 'consensus_review' ? named.reviews : (node.rejectTo ?? node.reviews);
  return { rejectTo, ...(judges.length === 0 ? {} : { judges }) };
}

const reviewOptions = ({ sample, commentOnFail }: ReviewNode) => ({
  ...(sample === undefined || sample === 1 ? {} : { sample }),
  ...(commentOnFail ? { commentOnFail: true as const } : {}),
});

function consensusRule({ overlap, policy, onDisagreement, onEarlyStop }: ConsensusNode): ConsensusRule {
  const loose = Object.entries(policy.fields).filter(
    (field): field is [string, Exclude<Comparator, 'exact'>] => field[1] !== 'exact',
  );
  return {
    slots: overlap.min,
    fields: Object.keys(policy.fields),
    threshold: policy.threshold ?? 0,
    onDisagreement: onDisagreement ?? 'escalate',
    keepsVoters: true,
    ...defined({
      max: overlap.max,
      stopEarly: overlap.stopEarly ? (true as const) : undefined,
      onEarlyStop: onEarlyStop === 'cancel' ? onEarlyStop : undefined,
      kind: policy.kind === 'majority' ? undefined : policy.kind,
      comparators: loose.length === 0 ? undefined : Object.fromEntries(loose),
      weights: policy.weights,
      defaultWeight: policy.defaultWeight,
    }),
  };
}

/** Edges of a checkpoint that name no outcome are the new cycle's. */
function compileEdge(nodes: readonly PipelineNode[], { from, on, to }: PipelineEdge): PlanEdge {
  const node = nodes.find(({ key }) => key === from);
  const outcome = on ?? (node?.kind === 'checkpoint' ? node.per : undefined);
  return outcome === undefined ? { from, to } : { from, on: outcome, to };
}

/** The plan of a definition that {@link checkPipeline} found no problem in. */
export function compilePlan(published: PipelineDefinition): Plan {
  const definition = withCheckpoints(published);
  const { nodes, edges } = definition;
  const named = nodes.map((node) =>
    node.kind === 'checkpoint' ? { ...node, of: checkpointOf(definition, node) } : node,
  );
  return {
    nodes: named.map((node) => compileNode(definition, node)),
    edges: edges.map((edge) => compileEdge(nodes, edge)),
  };
}

const overlapped = (rule: ConsensusRule, slots: number): ConsensusRule => ({
  ...rule,
  slots,
  ...(rule.max === undefined ? {} : { max: Math.max(rule.max, slots) }),
});

/** A task may ask for its own number of votes. */
export function withOverlap(plan: Plan, overlap: number | null): Plan {
  if (overlap === null) return plan;
  const nodes = plan.nodes.map((node) =>
    node.consensus ? { ...node, consensus: overlapped(node.consensus, overlap) } : node,
  );
  return { ...plan, nodes };
}
