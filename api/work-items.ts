// Work as a worker sees it: the task's data, the form, and what the node shows of earlier work.
import { actionsOf } from '../core/plan.js';
import type { PipelineDefinition } from '../core/pipeline.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import { instancesOf } from '../db/queries/node-instances.js';
import type { Review, Submission } from '../db/queries/submissions.js';
import { reviewsOf, submissionsOf } from '../db/queries/submissions.js';
import type { Task } from '../db/queries/tasks.js';
import { findTasks } from '../db/queries/tasks.js';
import { findDraft } from '../db/staging/payloads.js';
import type { Forms } from './forms.js';
import { formOf } from './forms.js';
import { resultValues, valuesOf } from './results.js';
import type { Services } from './services.js';

/** Never with gold, others' votes, or who did what. */
const shownTask = ({ id, externalId, data, dataTitle, dataHash, metadata, priority, dueAt, tags }: Task) => ({
  id,
  externalId,
  data,
  dataTitle,
  dataHash,
  metadata,
  priority,
  dueAt,
  tags,
});

const shownSubmission = ({ id, action, values, submittedAt }: Submission) => ({ id, action, values, submittedAt });

const shownReview = ({ comment, issueTags, fields }: Review) => ({ comment, issueTags, fields });

/** What a review judges: of votes what they came to, never who gave which. */
async function reviewedWork({ pool }: Services, definition: PipelineDefinition, key: string, taskId: string) {
  const submissions = await submissionsOf(pool, taskId);
  if (definition.nodes.find((node) => node.key === key)?.kind !== 'consensus') {
    const reviewed = submissions.findLast((submission) => submission.node === key);
    return reviewed ? { reviewed: shownSubmission(reviewed) } : {};
  }
  const votes = (await instancesOf(pool, taskId)).findLast(({ node, result }) => node === key && result !== null);
  return votes?.result ? { reviewed: { values: resultValues(votes.result, submissions) } } : {};
}

/** The answers to choose from, while the one who chooses is at it. */
async function optionsToPick({ pool }: Services, { taskId, assignee, result }: NodeInstance, memberId: string) {
  if (assignee !== memberId || !result) return {};
  const submissions = await submissionsOf(pool, taskId);
  const options = (result.options ?? []).map(({ submission, action, votes }) => ({
    submissionId: submission.id,
    hash: submission.hash,
    action,
    votes,
    values: valuesOf(submission, submissions),
  }));
  return { options, ...(result.submission ? { reviewed: { values: resultValues(result, submissions) } } : {}) };
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
  return { ...(own ? { former: own.values } : {}), ...(verdict ? { review: shownReview(verdict) } : {}) };
}

async function earlierWork(
  services: Services,
  definition: PipelineDefinition,
  instance: NodeInstance,
  memberId: string,
): Promise<{ former?: unknown } & Record<string, unknown>> {
  const node = definition.nodes.find(({ key }) => key === instance.node);
  if (node?.kind === 'review') return reviewedWork(services, definition, node.reviews, instance.taskId);
  if (node?.kind === 'consensus_review') return optionsToPick(services, instance, memberId);
  if (node?.kind === 'consensus') return formerVote(services, definition, instance, memberId);
  if (instance.draftId === null) return {};
  const submissions = await submissionsOf(services.pool, instance.taskId);
  const rejected = submissions.find(({ id }) => id === instance.draftId);
  const verdict = (await reviewsOf(services.pool, instance.taskId)).findLast((review) => review.verdict === 'fail');
  return {
    ...(rejected ? { rejected: shownSubmission(rejected) } : {}),
    ...(verdict ? { review: shownReview(verdict) } : {}),
  };
}

/** What the holder of instances is handed, in the order given. */
export async function workItems(
  services: Services,
  forms: Forms,
  instances: readonly NodeInstance[],
  memberId: string,
) {
  const tasks = new Map(
    (
      await findTasks(
        services.pool,
        instances.map(({ taskId }) => taskId),
      )
    ).map((task) => [task.id, task]),
  );
  return Promise.all(
    instances.flatMap((instance) => {
      const task = tasks.get(instance.taskId);
      return task ? [workItem(services, forms, instance, task, memberId)] : [];
    }),
  );
}

async function workItem(services: Services, forms: Forms, instance: NodeInstance, task: Task, memberId: string) {
  const definition = await forms.definition(instance.versionId);
  const node = definition.nodes.find(({ key }) => key === instance.node);
  const draft = await findDraft(services.pool, instance.id, memberId);
  const { former, ...earlier } = await earlierWork(services, definition, instance, memberId);
  return {
    nodeInstanceId: instance.id,
    taskId: instance.taskId,
    pipelineId: instance.pipelineId,
    node: instance.node,
    kind: instance.kind,
    title: node?.title ?? instance.node,
    visit: instance.visit,
    status: instance.status,
    availabilityReason: instance.availabilityReason,
    version: instance.version,
    claimedAt: instance.claimedAt,
    leaseUntil: instance.leaseUntil,
    ...(node ? { actions: actionsOf(node), ...formOf(definition, node) } : {}),
    task: shownTask(task),
    draft: draft?.values ?? former ?? null,
    ...earlier,
  };
}
