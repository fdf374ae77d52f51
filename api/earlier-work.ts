// What was handed in before, as those who work on it may see it.
import { isReworkWorkflow } from '../core/ids.js';
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import type { Review, Submission } from '../db/queries/submissions.js';
import { reviewsOf, submissionsOf } from '../db/queries/submissions.js';
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
async function rejectedWork({ pool }: Services, definition: PipelineDefinition, instance: NodeInstance) {
  const { node, draftId, taskId } = instance;
  const [submissions, reviews] = [await submissionsOf(pool, taskId), await reviewsOf(pool, taskId)];
  const judges = definition.nodes.flatMap((other) =>
    other.kind === 'review' && other.reviews === node ? [other.key] : [],
  );
  if (draftId === null) return openFailure(node, judges, submissions, reviews);
  return {
    rejected: submissions.find(({ id }) => id === draftId),
    review: reviews.findLast(({ verdict }) => verdict === 'fail'),
  };
}

/** What a step needs of earlier work: what a review judges, and what rework starts from, with the verdict. */
export async function earlierWork(
  services: Services,
  definition: PipelineDefinition,
  node: PipelineNode,
  instance: NodeInstance,
) {
  const authors = node.shows?.authors ?? false;
  if (node.kind === 'review') {
    const submissions = await submissionsOf(services.pool, instance.taskId);
    const reviewed = submissions.findLast((submission) => submission.node === node.reviews);
    return reviewed ? { reviewed: shownSubmission(reviewed, authors) } : {};
  }
  if (instance.draftId === null && (node.kind !== 'labeling' || !isReworkWorkflow(instance.streamId))) return {};
  const { rejected, review } = (await rejectedWork(services, definition, instance)) ?? {};
  return {
    ...(rejected ? { rejected: shownSubmission(rejected, authors) } : {}),
    ...(review ? { review: shownReview(review, authors) } : {}),
  };
}
