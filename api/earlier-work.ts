// What was handed in before, as those who work on it may see it.
import { isReworkWorkflow } from '../core/ids.js';
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import type { Review, Submission } from '../db/queries/submissions.js';
import { optionsOf, resultValues, votedValues } from './results.js';
import type { TaskPast } from './task-past.js';

export function shownSubmission({ id, action, values, answers, submittedAt, performer }: Submission, authors: boolean) {
  return {
    id,
    action,
    values,
    submittedAt,
    ...(answers ? { answers } : {}),
    ...(authors ? { performer } : {}),
  };
}

/** The rejection that a node's work has not answered yet, with what was rejected. */
export function openFailure(
  node: string,
  reviewers: readonly string[],
  submissions: readonly Submission[],
  reviews: readonly Review[],
): { review: Review; rejected: Submission } | undefined {
  const rejected = submissions.findLast((submission) => submission.node === node);
  const review = reviews.findLast(({ node: by, verdict }) => reviewers.includes(by) && verdict === 'fail');
  return rejected && review && rejected.submittedAt <= review.reviewedAt ? { review, rejected } : undefined;
}

function shownReview({ comment, issueTags, fields, fieldVerdicts, reviewer }: Review, authors: boolean) {
  return { comment, issueTags, fields, fieldVerdicts, ...(authors ? { reviewer } : {}) };
}

/** The work that a rejection sent back here, or, where it was sent back to an earlier node, the work it was about. */
async function rejectedWork(past: TaskPast, definition: PipelineDefinition, { node, draftId }: NodeInstance) {
  const standing = await past.standing();
  const reviews = standing.reviewsIn(await past.reviews());
  const judges = definition.nodes.flatMap((other) =>
    other.kind === 'review' && other.reviews === node ? [other.key] : [],
  );
  if (draftId === null) return openFailure(node, judges, standing.submissions, reviews);
  return {
    rejected: (await past.submissions()).find(({ id }) => id === draftId),
    review: reviews.findLast(({ verdict }) => verdict === 'fail'),
  };
}

/** What a review judges: of votes what they came to, never who gave which. */
async function reviewedWork(past: TaskPast, definition: PipelineDefinition, key: string, authors: boolean) {
  const standing = await past.standing();
  if (definition.nodes.find((node) => node.key === key)?.kind !== 'consensus') {
    const reviewed = standing.submissions.findLast((submission) => submission.node === key);
    return reviewed ? { reviewed: shownSubmission(reviewed, authors) } : {};
  }
  const done = { instances: standing.visits, submissions: await past.submissions() };
  const voted = votedValues(definition, done, key);
  return voted ? { reviewed: { values: voted.values } } : {};
}

/** The rejection by a later review that opened this visit. */
export const sentBackBy = ({ openedAt }: Pick<NodeInstance, 'openedAt'>, reviews: readonly Review[]) =>
  reviews.findLast(({ verdict, reviewedAt }) => verdict === 'fail' && reviewedAt.getTime() === openedAt.getTime());

/** The answers to choose from, while the one who chooses is at it; and why it is to be chosen again. */
async function optionsToPick(past: TaskPast, instance: NodeInstance, memberId: string, authors: boolean) {
  const { assignee, result, streamId } = instance;
  if (assignee !== memberId || !result) return {};
  const submissions = await past.submissions();
  const review = isReworkWorkflow(streamId) ? sentBackBy(instance, await past.reviews()) : undefined;
  return {
    options: optionsOf(result, submissions),
    ...(result.submission ? { reviewed: { values: resultValues(result, submissions) } } : {}),
    ...(review ? { review: shownReview(review, authors) } : {}),
  };
}

/** A voter's own answer in the round before, and why it was asked again. Nobody is given another's. */
async function formerVote(
  past: TaskPast,
  definition: PipelineDefinition,
  { node: key, draftId }: NodeInstance,
  memberId: string,
) {
  if (draftId === null) return {};
  const own = (await past.submissions()).find(({ id, performer }) => id === draftId && performer === memberId);
  const judges = definition.nodes.flatMap((node) => ('reviews' in node && node.reviews === key ? [node.key] : []));
  const verdict = (await past.reviews()).findLast((r) => r.verdict === 'fail' && judges.includes(r.node));
  return { ...(own ? { former: own.values } : {}), ...(verdict ? { review: shownReview(verdict, false) } : {}) };
}

/** Recalled or opened again, not rejected: who goes on starts from what was handed in. */
const isReopened = ({ kind, draftId, availabilityReason, streamId }: NodeInstance): boolean =>
  kind !== 'consensus' && draftId !== null && availabilityReason === 'REOPENED' && !isReworkWorkflow(streamId);

async function valuesAgain(past: TaskPast, { draftId }: NodeInstance): Promise<unknown> {
  return (await past.submissions()).find(({ id }) => id === draftId)?.values;
}

/** What a step needs of earlier work: what a review judges, and what rework starts from, with the verdict. */
export async function earlierWork(
  definition: PipelineDefinition,
  node: PipelineNode,
  { instance, memberId }: { instance: NodeInstance; memberId: string },
  past: TaskPast,
): Promise<{ former?: unknown } & Record<string, unknown>> {
  const authors = node.shows?.authors ?? false;
  if (isReopened(instance)) return { former: await valuesAgain(past, instance) };
  if (node.kind === 'review') return reviewedWork(past, definition, node.reviews, authors);
  if (node.kind === 'consensus_review') return optionsToPick(past, instance, memberId, authors);
  if (node.kind === 'consensus') return formerVote(past, definition, instance, memberId);
  if (instance.draftId === null && (node.kind !== 'labeling' || !isReworkWorkflow(instance.streamId))) return {};
  return rejection(past, definition, instance, authors);
}

/** What was sent back, and why. */
async function rejection(
  past: TaskPast,
  definition: PipelineDefinition,
  instance: NodeInstance,
  authors: boolean,
): Promise<Record<string, unknown>> {
  const { rejected, review } = (await rejectedWork(past, definition, instance)) ?? {};
  return {
    ...(rejected ? { rejected: shownSubmission(rejected, authors) } : {}),
    ...(review ? { review: shownReview(review, authors) } : {}),
  };
}
