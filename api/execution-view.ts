// What of an execution each role may see: what was given to it, and what came of it.
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import { isManager } from '../core/roles.js';
import type { Execution } from '../db/queries/executions.js';
import type { FoundInstance } from '../db/queries/node-instances.js';
import { findInstance } from '../db/queries/node-instances.js';
import { payloadsOf } from '../db/queries/scope.js';
import { reviewsOf, submissionsOf } from '../db/queries/submissions.js';
import { findTask } from '../db/queries/tasks.js';
import { shownSubmission } from './earlier-work.js';
import type { Forms } from './forms.js';
import type { Caller } from './middleware/authenticate.js';
import { Refusal } from './problem.js';
import { resultValues } from './results.js';
import type { Services } from './services.js';
import { shownTask, shownWork } from './shown-work.js';
import type { TaskPast } from './task-past.js';
import { pastOf } from './task-past.js';
import { maySee } from './task-view.js';

const isVisit = ({ id, nodeInstanceId }: Execution): boolean => id === nodeInstanceId;
const isVoteKind = (kind: string): boolean => kind === 'consensus' || kind === 'consensus_review';

/** Votes are secret, a model's too; what other programs did is the task's. */
function seesOutput(execution: Execution, caller: Caller): boolean {
  const { nodeKind, actor } = execution;
  return isVisit(execution) || isVoteKind(nodeKind) ? maySee(caller, nodeKind, actor) : true;
}

export function executionView(execution: Execution, caller: Caller) {
  const { id, attempt, taskId, nodeInstanceId, node, kind, status, startedAt, endedAt, code, dataTitle, dataHash } =
    execution;
  const { actor, outcome, verdict, submissionId, confidence, detail, cost, inputTokens, outputTokens } = execution;
  const manages = isManager(caller.role);
  const sees = seesOutput(execution, caller);
  // Who judges people's work may be kept from knowing whose it is.
  const knows = manages || actor === caller.memberId || (sees && !isVisit(execution));
  return {
    id,
    attempt,
    taskId,
    nodeInstanceId,
    node,
    kind,
    actor: knows ? actor : null,
    status,
    outcome: sees ? outcome : null,
    confidence: sees ? confidence : null,
    code,
    detail: sees ? detail : null,
    startedAt,
    endedAt,
    input: { dataTitle, dataHash },
    output: sees && (outcome !== null || submissionId !== null) ? { outcome, verdict, submissionId } : null,
    ...(manages ? { cost, inputTokens, outputTokens } : {}),
  };
}

/** What a review was given to judge: of votes what they had come to, never who gave which. */
async function judged(past: TaskPast, node: PipelineNode, { kind }: FoundInstance, authors: boolean) {
  if (!('reviews' in node)) return {};
  const standing = await past.standing();
  const result = standing.visits.findLast(
    ({ node: key, parentId }) => key === node.reviews && parentId === null,
  )?.result;
  if (result) return { reviewed: { values: resultValues(result, await past.submissions()) } };
  const reviewed = standing.submissions.findLast((submission) => submission.node === node.reviews);
  return reviewed && !isVoteKind(kind) ? { reviewed: shownSubmission(reviewed, authors) } : {};
}

async function sentBack(past: TaskPast, { draftId, kind }: FoundInstance, authors: boolean) {
  if (draftId === null || isVoteKind(kind)) return {};
  const before = (await past.submissions()).find(({ id }) => id === draftId);
  return before ? { before: shownSubmission(before, authors) } : {};
}

async function inputOf(
  services: Services,
  definition: PipelineDefinition,
  instance: FoundInstance,
  { at, authors }: { at: Date; authors: boolean },
) {
  const node = definition.nodes.find(({ key }) => key === instance.node);
  const task = await findTask(services.pool, instance.taskId);
  if (!node || !task) return {};
  const past = pastOf(services, instance, at);
  return {
    task: shownTask(task, node),
    ...(await judged(past, node, instance, authors)),
    ...(await sentBack(past, instance, authors)),
    ...(await shownWork(definition, node, past)),
  };
}

/** What a program's run came to. */
async function answered({ pool }: Services, { projectId, payloadHash }: Execution) {
  if (payloadHash === null) return {};
  return { values: (await payloadsOf(pool, projectId, [payloadHash])).get(payloadHash) ?? null };
}

/** What was handed in, how it judged, or what the votes came to. */
async function handedIn({ pool }: Services, execution: Execution, { result }: FoundInstance, authors: boolean) {
  const { taskId, submissionId, nodeInstanceId } = execution;
  const submissions = await submissionsOf(pool, taskId);
  if (result) return { values: resultValues(result, submissions) };
  const submission = submissions.find(({ id }) => id === submissionId);
  const review = (await reviewsOf(pool, taskId)).findLast(({ instanceId }) => instanceId === nodeInstanceId);
  const { comment, issueTags, fields, fieldVerdicts } = review ?? {};
  return {
    ...(submission ? { submission: shownSubmission(submission, authors) } : {}),
    ...(review ? { review: { comment, issueTags, fields, fieldVerdicts } } : {}),
  };
}

/** One execution with the values that went in and came out, as far as the caller may see its work. */
export async function executionInFull(services: Services, forms: Forms, execution: Execution, caller: Caller) {
  const shown = executionView(execution, caller);
  const instance = await findInstance(services.pool, execution.nodeInstanceId);
  if (!instance) throw new Refusal('NOT_FOUND');
  if (!maySee(caller, execution.nodeKind, execution.actor)) return shown;
  const authors = isManager(caller.role);
  const at = execution.startedAt ?? new Date();
  const definition = await forms.definition(instance.versionId);
  const output = isVisit(execution)
    ? await handedIn(services, execution, instance, authors)
    : await answered(services, execution);
  return {
    ...shown,
    input: { ...shown.input, ...(await inputOf(services, definition, instance, { at, authors })) },
    output: shown.output && { ...shown.output, ...output },
  };
}
