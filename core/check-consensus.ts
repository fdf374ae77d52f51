// The rules for consensus and consensus_review nodes.
import type { Reports } from './check-reports.js';
import { disagreementOutcome, tieOutcome } from './consensus.js';
import { ancestorsOf } from './graph.js';
import type { ConsensusNode, PipelineDefinition, PipelineNode } from './pipeline.js';
import type { Report } from './problems.js';

/** Each cycle carries them in its plan. */
const weightsAtMost = 200;

/** How votes end by themselves when they disagree. */
export function ownOutcomes({ onDisagreement }: ConsensusNode): string[] {
  if (onDisagreement === 'tie') return [tieOutcome];
  return onDisagreement === 'adjudicate' ? [disagreementOutcome] : [];
}

function checkOverlap({ overlap, onDisagreement }: ConsensusNode, at: string, report: Report): void {
  const { min, max } = overlap;
  if (max !== undefined && max < min) report(`${at}/overlap/max`, 'max is less than min');
  if (onDisagreement === 'extend' && (max ?? min) <= min) {
    report(`${at}/onDisagreement`, '"extend" needs an overlap.max that is more than min');
  }
}

function checkWeights({ policy }: ConsensusNode, at: string, report: Report): void {
  const { kind, weights, defaultWeight } = policy;
  const given = { weights, defaultWeight };
  for (const [name, value] of Object.entries(given)) {
    if (kind !== 'weighted' && value !== undefined)
      report(`${at}/policy/${name}`, 'only the policy "weighted" counts weights');
  }
  if (kind !== 'weighted') return;
  const all = Object.values(weights ?? {});
  if (all.length === 0) report(`${at}/policy/weights`, 'the policy "weighted" needs weights');
  if (all.length > weightsAtMost)
    report(`${at}/policy/weights`, `at most ${String(weightsAtMost)} members have a weight of their own`);
  if (all.length > 0 && (defaultWeight ?? 1) === 0 && all.every((weight) => weight === 0)) {
    report(`${at}/policy/weights`, 'nobody has a weight');
  }
}

/** Settings that change nothing are told, not refused. */
function checkIdle({ overlap, policy, onEarlyStop }: ConsensusNode, at: string, report: Report): void {
  if (policy.kind === 'unanimous') {
    if (overlap.stopEarly)
      report(`${at}/overlap/stopEarly`, 'unanimous votes are never certain before the last', 'warning');
    if ((overlap.max ?? overlap.min) > overlap.min)
      report(`${at}/overlap/max`, 'further votes never make votes unanimous', 'warning');
  }
  if (onEarlyStop && !overlap.stopEarly) report(`${at}/onEarlyStop`, 'nothing stops early here', 'warning');
}

export function checkConsensus(node: PipelineNode, at: string, report: Report): void {
  if (node.kind !== 'consensus') return;
  checkOverlap(node, at, report);
  checkWeights(node, at, report);
  checkIdle(node, at, report);
  if (node.policy.kind === 'fields' && Object.keys(node.policy.fields).length === 0) {
    report(`${at}/policy/fields`, 'the policy "fields" needs fields to decide on');
  }
  for (const outcome of ownOutcomes(node)) {
    const index = node.actions?.indexOf(outcome) ?? -1;
    if (index >= 0)
      report(`${at}/actions/${String(index)}`, `"${outcome}" is what the votes end with when they disagree`);
  }
}

export function checkConsensusReview(
  definition: PipelineDefinition,
  node: PipelineNode,
  at: string,
  report: Reports,
): void {
  if (node.kind !== 'consensus_review') return;
  const { reviews } = node;
  const target = definition.nodes.find(({ key }) => key === reviews);
  if (!target) report.missing(`${at}/reviews`, `there is no node "${reviews}"`);
  else if (target.kind !== 'consensus') report(`${at}/reviews`, `"${reviews}" is no consensus node`);
  else if (!ancestorsOf(definition.edges, node.key).has(reviews)) {
    report.missing(`${at}/reviews`, `"${reviews}" does not come before this node`);
  }
}
