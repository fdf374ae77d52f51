// What a node shows to who works at it: fields of the task's data, inputs by name, results of earlier nodes.
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import { instancesOf } from '../db/queries/node-instances.js';
import type { Submission } from '../db/queries/submissions.js';
import { submissionsOf } from '../db/queries/submissions.js';
import type { Task } from '../db/queries/tasks.js';
import { inputsOf } from '../language/inputs.js';
import { shownSubmission } from './earlier-work.js';
import type { Past } from './results.js';
import { votedValues } from './results.js';
import type { Services } from './services.js';

/** Never with others' votes or who did what; gold only where the node shows it. */
export function shownTask(task: Task, { shows = {} }: Pick<PipelineNode, 'shows'>) {
  const { id, externalId, dataTitle, dataHash, metadata, priority, dueAt, tags } = task;
  const shown = shows.data;
  const data = shown
    ? Object.fromEntries(Object.entries(task.data).filter(([name]) => shown.includes(name)))
    : task.data;
  return {
    id,
    externalId,
    data,
    dataTitle,
    dataHash,
    metadata,
    priority,
    dueAt,
    tags,
    ...(shows.gold ? { gold: task.gold } : {}),
  };
}

/** What a node came to. Votes stay secret: of them there is only the result. */
function resultOf(
  definition: PipelineDefinition,
  past: Past,
  key: string,
): { submission: Submission; isVoted: boolean } | undefined {
  const visits = past.instances.filter(({ node }) => node === key);
  const last = visits.findLast(({ parentId }) => parentId === null);
  if (!last || last.status === 'na') return undefined;
  if (last.kind !== 'consensus') {
    const submission = past.submissions.findLast(({ node }) => node === key);
    return submission && { submission, isVoted: false };
  }
  const { submission, values } = (last.result && votedValues(definition, past, key)) ?? {};
  return submission && { submission: { ...submission, values }, isVoted: true };
}

function shownResult(definition: PipelineDefinition, past: Past, key: string, authors: boolean) {
  const result = resultOf(definition, past, key);
  return result ? shownSubmission(result.submission, authors && !result.isVoted) : null;
}

/** `inputs` and `results` by name, where the node declares any. */
export async function shownWork(
  { pool }: Services,
  definition: PipelineDefinition,
  node: PipelineNode,
  taskId: string,
) {
  const { inputs = [], shows: { results = [], authors = false } = {} } = node;
  if (inputs.length === 0 && results.length === 0) return {};
  const past = { instances: await instancesOf(pool, taskId), submissions: await submissionsOf(pool, taskId) };
  return {
    ...(inputs.length === 0
      ? {}
      : { inputs: inputsOf(definition, node, (key) => resultOf(definition, past, key)?.submission.values) }),
    ...(results.length === 0
      ? {}
      : { results: Object.fromEntries(results.map((key) => [key, shownResult(definition, past, key, authors)])) }),
  };
}
