// The rules a definition must keep beyond its shape. Every problem is reported at once, each with its JSON pointer.
import { checkCheckpoint, checkOutputs, reportsOnWritten } from './check-checkpoint.js';
import { checkNode } from './check-node.js';
import type { Reports } from './check-reports.js';
import { reportsTo } from './check-reports.js';
import { checkConsensus, checkConsensusReview, ownOutcomes } from './check-consensus.js';
import { writtenOut } from './checkpoint-edges.js';
import { durationMs } from './duration.js';
import { actionsOf, defaults } from './plan.js';
import { ancestorsOf, hasLoop } from './graph.js';
import type { PipelineDefinition, PipelineNode, ReviewNode } from './pipeline.js';
import { checkPrograms } from './check-programs.js';
import {
  discardAction,
  failedOutcome,
  isFormed,
  itemOutcome,
  reviewActions,
  skipOutcome,
  timeoutOutcome,
} from './pipeline.js';
import type { Problem, Report } from './problems.js';

export type { Problem };

function checkNames(definition: PipelineDefinition, report: Reports): void {
  const seen = new Set<string>();
  definition.nodes.forEach((node, index) => {
    if (seen.has(node.key)) report(`/nodes/${String(index)}/key`, `the key "${node.key}" is used twice`);
    seen.add(node.key);
  });
  for (const kind of ['start', 'end'] as const) {
    const count = definition.nodes.filter((node) => node.kind === kind).length;
    if (count === 0) report.missing('/nodes', `a pipeline needs a node of kind "${kind}"`);
    if (kind === 'start' && count > 1) report('/nodes', 'a pipeline has one node of kind "start"');
  }
}

function checkSettings(node: PipelineNode, at: string, keys: ReadonlySet<string>, report: Reports): void {
  for (const name of ['lease', 'due', 'retain'] as const) {
    const text = node.settings?.[name];
    const ms = text === undefined ? 1 : durationMs(text);
    if (ms === undefined || ms === 0) {
      report(`${at}/settings/${name}`, `"${String(text)}" is no ISO 8601 duration such as PT30M or P1D`);
    }
  }
  (node.settings?.excludePerformersOf ?? []).forEach((key, index) => {
    const pointer = `${at}/settings/excludePerformersOf/${String(index)}`;
    if (!keys.has(key)) report.missing(pointer, `there is no node "${key}"`);
  });
}

function checkForm(definition: PipelineDefinition, node: PipelineNode, at: string, report: Reports): void {
  const recipe = 'recipe' in node ? node.recipe : undefined;
  if (recipe !== undefined && !Object.hasOwn(definition.recipes ?? {}, recipe)) {
    report.missing(`${at}/recipe`, `there is no recipe "${recipe}"`);
  }
  if (!isFormed(node)) return;
  if (node.form && node.recipe !== undefined)
    report(`${at}/recipe`, 'a node has a form of its own or a recipe, not both');
  if (['labeling', 'consensus', 'llm'].includes(node.kind) && !node.form && node.recipe === undefined)
    report(at, 'this node needs a form or a recipe');
}

function checkLimits({ limits = {} }: Pick<ReviewNode, 'limits'>, at: string, report: Report): void {
  const { maxReviewFailures = defaults.maxReviewFailures, maxReReviews = defaults.maxReReviews } = limits;
  if (maxReReviews > maxReviewFailures) return;
  report(`${at}/limits`, 'maxReReviews is reached first, so this never escalates', 'warning');
}

const redoable: readonly string[] = ['labeling', 'consensus', 'llm', 'external'];
const reviewable: readonly string[] = [...redoable, 'code'];
const rejectable: readonly string[] = [...redoable, 'consensus_review'];

function checkReviewed(definition: PipelineDefinition, node: ReviewNode, at: string, report: Reports): void {
  const upstream = ancestorsOf(definition.edges, node.key);
  for (const name of ['reviews', 'rejectTo'] as const) {
    const key = node[name];
    if (key === undefined) continue;
    const target = definition.nodes.find((candidate) => candidate.key === key);
    if (!target) report.missing(`${at}/${name}`, `there is no node "${key}"`);
    else if (!(name === 'reviews' ? reviewable : rejectable).includes(target.kind)) {
      report(
        `${at}/${name}`,
        `what a ${target.kind} node does is not ${name === 'reviews' ? 'reviewed' : 'done again'}`,
      );
    } else if (!upstream.has(key)) report.missing(`${at}/${name}`, `"${key}" does not come before this node`);
  }
}

function checkReview(definition: PipelineDefinition, node: PipelineNode, at: string, report: Reports): void {
  if (node.kind !== 'review') return;
  checkReviewed(definition, node, at, report);
  const reviewed = definition.nodes.find(({ key }) => key === node.reviews);
  if (reviewed?.kind === 'code' && node.rejectTo === undefined) {
    report(`${at}/rejectTo`, 'code is not done again by rejecting it: say where rejected work goes');
  }
  for (const action of [reviewActions.approve, reviewActions.reject]) {
    if (!actionsOf(node).includes(action)) report(`${at}/actions`, `a review needs the action "${action}"`);
  }
}

/** Skipped work that leaves its node does so with an outcome of its own. */
const skipsOf = ({ kind, settings }: PipelineNode): string[] =>
  settings?.onSkip === 'leave' && !['start', 'gate', 'code', 'chain', 'checkpoint', 'end'].includes(kind)
    ? [skipOutcome]
    : [];

/** What a node may end with: what people or programs choose, and what comes about by itself. */
const outcomesOf = (node: PipelineNode): string[] => [
  ...actionsOf(node),
  ...(node.kind === 'consensus' ? ownOutcomes(node) : []),
  ...(node.kind === 'external' && node.timeout !== undefined ? [timeoutOutcome] : []),
  ...skipsOf(node),
];

/** Outcomes that an edge may take and need not. */
function optionalOutcomes(node: PipelineNode): string[] {
  if (node.kind === 'checkpoint') return [node.per, itemOutcome];
  if (node.kind === 'consensus') return ['tie'];
  const hasProgram = ['llm', 'code', 'chain', 'gate'].includes(node.kind) || node.settings?.model !== undefined;
  return hasProgram ? [failedOutcome] : [];
}

const goesBack = ({ kind }: PipelineNode, outcome: string): boolean =>
  (kind === 'review' || kind === 'consensus_review') && outcome === reviewActions.reject;

function checkEntrance(definition: PipelineDefinition, node: PipelineNode, at: string, report: Reports): void {
  const incoming = definition.edges.some((edge) => edge.to === node.key);
  if (node.kind === 'start' && incoming) report(at, 'no edge may lead to the start node');
  if (node.kind !== 'start' && !incoming) report.missing(at, 'no edge leads to this node');
}

function checkRoutes(definition: PipelineDefinition, node: PipelineNode, at: string, report: Reports): void {
  const outgoing = definition.edges.filter((edge) => edge.from === node.key);
  if (node.kind === 'end') {
    if (outgoing.length > 0) report(at, 'no edge may leave an end node');
    return;
  }
  if (outgoing.length === 0) report.missing(at, 'no edge leaves this node');
  checkEntrance(definition, node, at, report);
  const rest = outgoing.some((edge) => edge.on === undefined);
  for (const action of outcomesOf(node)) {
    // Reject goes back by itself and discard ends the task by itself; everything else needs a way on.
    if (goesBack(node, action) || action === discardAction || rest) continue;
    if (!outgoing.some((edge) => edge.on === action)) report.missing(at, `no edge says where "${action}" leads`);
  }
}

function checkEdges(definition: PipelineDefinition, keys: ReadonlySet<string>, report: Report): void {
  definition.edges.forEach((edge, index) => {
    const at = `/edges/${String(index)}`;
    if (!keys.has(edge.from)) report(`${at}/from`, `there is no node "${edge.from}"`);
    if (!keys.has(edge.to)) report(`${at}/to`, `there is no node "${edge.to}"`);
    const from = definition.nodes.find((node) => node.key === edge.from);
    if (!from || edge.on === undefined) return;
    if (goesBack(from, edge.on)) {
      report(`${at}/on`, 'a rejected submission goes back by itself; name the node in "rejectTo"');
    } else if (![...outcomesOf(from), ...optionalOutcomes(from)].includes(edge.on)) {
      report(`${at}/on`, `"${edge.on}" is no outcome of "${edge.from}"`);
    }
  });
  if (hasLoop(definition.edges)) report('/edges', 'edges may not form a loop; rework goes back by itself');
}

/**
 * All problems of a definition; it may be published when none of them is an error.
 * @param isPartial - It is what could be read of one, without edges that lead to or from the rest.
 */
export function checkPipeline(published: PipelineDefinition, isPartial = false): Problem[] {
  const problems: Problem[] = [];
  const told: Report = (pointer, message, severity = 'error') => problems.push({ pointer, message, severity });
  checkOutputs(published, told);
  const written = writtenOut(published);
  const { definition } = written;
  const report = reportsTo(reportsOnWritten(written, told), isPartial);
  const keys = new Set(definition.nodes.map((node) => node.key));
  checkNames(definition, report);
  checkEdges(definition, keys, report);
  definition.nodes.forEach((node, index) => {
    const at = `/nodes/${String(index)}`;
    checkSettings(node, at, keys, report);
    checkForm(definition, node, at, report);
    checkNode(definition, node, at, report);
    checkReview(definition, node, at, report);
    checkPrograms(definition, node, at, report);
    checkConsensus(node, at, report);
    checkConsensusReview(definition, node, at, report);
    checkCheckpoint(definition, node, at, report);
    if (node.kind === 'review' || node.kind === 'consensus_review') checkLimits(node, at, report);
    checkRoutes(definition, node, at, report);
  });
  return problems;
}
