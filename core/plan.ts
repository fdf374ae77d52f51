// Compiles a checked definition into the plan that travels in a cycle's input.
import { durationMs } from './duration.js';
import type { ConsensusNode, PipelineDefinition, PipelineNode, Plan, PlanNode, ReviewNode } from './pipeline.js';
import { discardAction, reviewActions } from './pipeline.js';
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
    case 'start':
    case 'end':
      return [];
  }
}

const milliseconds = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : (durationMs(text) ?? otherwise);

function compileNode(node: PipelineNode): PlanNode {
  const settings = node.settings ?? {};
  const compiled: PlanNode = {
    key: node.key,
    kind: node.kind,
    actions: actionsOf(node),
    leaseMs: milliseconds(settings.lease, defaults.leaseMs),
    retainMs: milliseconds(settings.retain, defaults.retainMs),
    priority: settings.priority ?? defaults.priority,
    exclude: [...(settings.excludePerformersOf ?? [])],
    ...(settings.onSkip === undefined || settings.onSkip === 'others' ? {} : { onSkip: settings.onSkip }),
  };
  switch (node.kind) {
    case 'review':
      return {
        ...compiled,
        exclude: [...new Set([...compiled.exclude, node.reviews])],
        review: reviewRule(node),
        ...staffOf(node),
      };
    case 'consensus':
      return { ...compiled, consensus: consensusRule(node) };
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

function reviewRule({ reviews, rejectTo, limits = {}, ...node }: ReviewNode): NonNullable<PlanNode['review']> {
  const { maxReviewFailures = defaults.maxReviewFailures, maxReReviews = defaults.maxReReviews } = limits;
  return {
    of: reviews,
    rejectTo: rejectTo ?? reviews,
    maxReviewFailures,
    maxReReviews,
    ...(node.sample === undefined || node.sample === 1 ? {} : { sample: node.sample }),
    ...(node.commentOnFail ? { commentOnFail: true as const } : {}),
  };
}

function consensusRule({ overlap, policy, onDisagreement }: ConsensusNode): NonNullable<PlanNode['consensus']> {
  return {
    slots: overlap.min,
    fields: Object.keys(policy.fields),
    threshold: policy.threshold ?? 0,
    onDisagreement: onDisagreement ?? 'escalate',
  };
}

/** The plan of a definition that {@link checkPipeline} found no problem in. */
export function compilePlan(definition: PipelineDefinition): Plan {
  return {
    nodes: definition.nodes.map(compileNode),
    edges: definition.edges.map(({ from, on, to }) => (on === undefined ? { from, to } : { from, on, to })),
  };
}

/** A task may ask for its own number of votes. */
export function withOverlap(plan: Plan, overlap: number | null): Plan {
  if (overlap === null) return plan;
  const nodes = plan.nodes.map((node) =>
    node.consensus ? { ...node, consensus: { ...node.consensus, slots: overlap } } : node,
  );
  return { ...plan, nodes };
}
