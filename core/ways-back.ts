// Where rejected work goes, and which part of the pipeline the rework has.
import { ancestorsOf, reworkedNodes } from './graph.js';
import type { ConsensusReviewNode, PipelineDefinition, PipelineNode, ReviewNode } from './pipeline.js';
import type { Plan, PlanNode } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { StreamState } from './state.js';

const isJudge = (node: PipelineNode | undefined): node is ConsensusReviewNode => node?.kind === 'consensus_review';

/** The consensus reviews that a review sends votes back to, rather than asking for the votes again. */
export function judgesOf({ nodes, edges }: Pick<PipelineDefinition, 'nodes' | 'edges'>, review: ReviewNode): string[] {
  const named = nodes.find(({ key }) => key === review.rejectTo);
  if (review.rejectTo !== undefined) return isJudge(named) ? [named.key] : [];
  const before = ancestorsOf(edges, review.key);
  return nodes.flatMap((node) =>
    isJudge(node) && node.reviews === review.reviews && before.has(node.key) ? [node.key] : [],
  );
}

/** Where work goes that the review rejects now: a consensus review that was passed by has judged nothing. */
export function targetOf({ plan, results }: StreamState, review: string): PlanNode | undefined {
  const rule = planNode(plan, review)?.review;
  if (!rule) return undefined;
  const judge = rule.judges?.find((key) => results[planNode(plan, key)?.review?.of ?? '']?.judgedBy === key);
  return planNode(plan, judge ?? rule.rejectTo);
}

/**
 * What a rework child may have to work again: all between the two, and whatever a review among it sends work back to, as
 * the child can ask nobody else for it.
 */
export function scopeOf(plan: Plan, target: string, review: string): string[] {
  const nodes = new Set(reworkedNodes(plan, target, review));
  for (const key of nodes) {
    const { rejectTo, judges = [] } = planNode(plan, key)?.review ?? {};
    for (const back of rejectTo === undefined ? [] : [rejectTo, ...judges]) {
      if (!nodes.has(back)) for (const each of reworkedNodes(plan, back, key)) nodes.add(each);
    }
  }
  return plan.nodes.map(({ key }) => key).filter((key) => nodes.has(key));
}
