// What was handed in before, as those who work on it may see it.
import { isReworkWorkflow } from '../core/ids.js';
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import type { Review, Submission } from '../db/queries/submissions.js';
import { reviewsOf, submissionsOf } from '../db/queries/submissions.js';
import { optionsOf, resultValues, votedValues } from './results.js';
import { pastOf } from './task-past.js';
import type { Services } from './services.js';

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
async function rejectedWork(services: Services, definition: PipelineDefinition, instance: NodeInstance) {
  const { node, draftId } = instance;
  const { standing, submissions } = await pastOf(services, instance);
  const { reviews } = standing;
  const judges = definition.nodes.flatMap((other) =>
    other.kind === 'review' && other.reviews === node ? [other.key] : [],
  );
  if (draftId === null) return openFailure(node, judges, standing.submissions, reviews);
  return {
    rejected: submissions.find(({ id }) => id === draftId),
    review: reviews.findLast(({ verdict }) => verdict === 'fail'),
  };
}

/** What a review judges: of votes what they came to, never who gave which. */
async function reviewedWork(services: Services, definition: PipelineDefinition, key: string, at: Judging) {
  const { standing, submissions } = await pastOf(services, at.instance);
  if (definition.nodes.find((node) => node.key === key)?.kind !== 'consensus') {
    const reviewed = standing.submissions.findLast((submission) => submission.node === key);
    return reviewed ? { reviewed: shownSubmission(reviewed, at.authors) } : {};
  }
  const voted = votedValues(definition, { instances: standing.visits, submissions }, key);
  return voted ? { reviewed: { values: voted.values } } : {};
}

interface Judging {
  instance: NodeInstance;
  authors: boolean;
}

/** The rejection by a later review that opened this visit. */
export const sentBackBy = ({ openedAt }: Pick<NodeInstance, 'openedAt'>, reviews: readonly Review[]) =>
  reviews.findLast(({ verdict, reviewedAt }) => verdict === 'fail' && reviewedAt.getTime() === openedAt.getTime());

/** The answers to choose from, while the one who chooses is at it; and why it is to be chosen again. */
async function optionsToPick({ pool }: Services, instance: NodeInstance, memberId: string, authors: boolean) {
  const { taskId, assignee, result, streamId } = instance;
  if (assignee !== memberId || !result) return {};
  const submissions = await submissionsOf(pool, taskId);
  const review = isReworkWorkflow(streamId) ? sentBackBy(instance, await reviewsOf(pool, taskId)) : undefined;
  return {
    options: optionsOf(result, submissions),
    ...(result.submission ? { reviewed: { values: resultValues(result, submissions) } } : {}),
    ...(review ? { review: shownReview(review, authors) } : {}),
  };
}

/** A voter's own answer in the round before, and why it was asked again. Nobody is given another's. */
async function formerVote(
  { pool }: Services,
  definition: PipelineDefinition,
  { taskId, node: key, draftId }: NodeInstance,
  memberId: string,
) {
  if (draftId === null) return {};
  const own = (await submissionsOf(pool, taskId)).find(({ id, performer }) => id === draftId && performer === memberId);
  const judges = definition.nodes.flatMap((node) => ('reviews' in node && node.reviews === key ? [node.key] : []));
  const verdict = (await reviewsOf(pool, taskId)).findLast((r) => r.verdict === 'fail' && judges.includes(r.node));
  return { ...(own ? { former: own.values } : {}), ...(verdict ? { review: shownReview(verdict, false) } : {}) };
}

/** Recalled or opened again, not rejected: who goes on starts from what was handed in. */
const isReopened = ({ kind, draftId, availabilityReason, streamId }: NodeInstance): boolean =>
  kind !== 'consensus' && draftId !== null && availabilityReason === 'REOPENED' && !isReworkWorkflow(streamId);

async function valuesAgain({ pool }: Services, { taskId, draftId }: NodeInstance): Promise<unknown> {
  return (await submissionsOf(pool, taskId)).find(({ id }) => id === draftId)?.values;
}

/** What a step needs of earlier work: what a review judges, and what rework starts from, with the verdict. */
export async function earlierWork(
  services: Services,
  definition: PipelineDefinition,
  node: PipelineNode,
  { instance, memberId }: { instance: NodeInstance; memberId: string },
): Promise<{ former?: unknown } & Record<string, unknown>> {
  const authors = node.shows?.authors ?? false;
  if (isReopened(instance)) return { former: await valuesAgain(services, instance) };
  if (node.kind === 'review') return reviewedWork(services, definition, node.reviews, { instance, authors });
  if (node.kind === 'consensus_review') return optionsToPick(services, instance, memberId, authors);
  if (node.kind === 'consensus') return formerVote(services, definition, instance, memberId);
  if (instance.draftId === null && (node.kind !== 'labeling' || !isReworkWorkflow(instance.streamId))) return {};
  return rejection(services, definition, instance, authors);
}

/** What was sent back, and why. */
async function rejection(
  services: Services,
  definition: PipelineDefinition,
  instance: NodeInstance,
  authors: boolean,
): Promise<Record<string, unknown>> {
  const { rejected, review } = (await rejectedWork(services, definition, instance)) ?? {};
  return {
    ...(rejected ? { rejected: shownSubmission(rejected, authors) } : {}),
    ...(review ? { review: shownReview(review, authors) } : {}),
  };
}
