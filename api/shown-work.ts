// What a node shows to who works at it: fields of the task's data, inputs by name, results of earlier nodes.
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import type { Submission } from '../db/queries/submissions.js';
import type { Task } from '../db/queries/tasks.js';
import { inputsOf } from '../language/inputs.js';
import { shownSubmission } from './earlier-work.js';
import { votedValues } from './results.js';
import type { Past } from './task-past.js';
import { pastOf } from './task-past.js';
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
  { standing, submissions }: Past,
  key: string,
): { submission: Submission; isVoted: boolean } | undefined {
  const last = standing.of(key);
  if (!last || last.status === 'na') return undefined;
  const isVoted = last.kind === 'consensus' || standing.visits.some(({ node, parentId }) => node === key && parentId);
  if (!isVoted) {
    const submission = standing.submissions.findLast(({ node }) => node === key);
    return submission && { submission, isVoted };
  }
  const done = { instances: standing.visits, submissions };
  const { submission, values } = (last.result && votedValues(definition, done, key)) ?? {};
  return submission && { submission: { ...submission, values }, isVoted };
}

function shownResult(definition: PipelineDefinition, past: Past, key: string, authors: boolean) {
  const result = resultOf(definition, past, key);
  return result ? shownSubmission(result.submission, authors && !result.isVoted) : null;
}

/** `inputs` and `results` by name, where the node declares any. */
export async function shownWork(
  services: Services,
  definition: PipelineDefinition,
  node: PipelineNode,
  instance: { id: string; taskId: string },
  at?: Date,
) {
  const { inputs = [], shows: { results = [], authors = false } = {} } = node;
  if (inputs.length === 0 && results.length === 0) return {};
  const past = await pastOf(services, instance, at);
  return {
    ...(inputs.length === 0
      ? {}
      : { inputs: inputsOf(definition, node, (key) => resultOf(definition, past, key)?.submission.values) }),
    ...(results.length === 0
      ? {}
      : { results: Object.fromEntries(results.map((key) => [key, shownResult(definition, past, key, authors)])) }),
  };
}
