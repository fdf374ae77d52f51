// What a node shows to who works at it: fields of the task's data, inputs by name, results of earlier nodes.
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import type { TaskInstance } from '../db/queries/node-instances.js';
import type { Submission } from '../db/queries/submissions.js';
import type { Task } from '../db/queries/tasks.js';
import { inputsOf } from '../language/inputs.js';
import { shownSubmission } from './earlier-work.js';
import { votedValues } from './results.js';
import type { Standing } from './present-cycle.js';
import type { TaskPast } from './task-past.js';

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

interface Done {
  standing: Standing<TaskInstance, Submission>;
  submissions: readonly Submission[];
}

/** What a node came to. Votes stay secret: of them there is only the result. */
function resultOf(
  definition: PipelineDefinition,
  { standing, submissions }: Done,
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

function shownResult(definition: PipelineDefinition, done: Done, key: string, authors: boolean) {
  const result = resultOf(definition, done, key);
  return result ? shownSubmission(result.submission, authors && !result.isVoted) : null;
}

/** `inputs` and `results` by name, where the node declares any. */
export async function shownWork(definition: PipelineDefinition, node: PipelineNode, past: TaskPast) {
  const { inputs = [], shows: { results = [], authors = false } = {} } = node;
  if (inputs.length === 0 && results.length === 0) return {};
  const done = { standing: await past.standing(), submissions: await past.submissions() };
  return {
    ...(inputs.length === 0
      ? {}
      : { inputs: inputsOf(definition, node, (key) => resultOf(definition, done, key)?.submission.values) }),
    ...(results.length === 0
      ? {}
      : { results: Object.fromEntries(results.map((key) => [key, shownResult(definition, done, key, authors)])) }),
  };
}
