// What a node shows to who works at it: fields of the task's data, inputs by name, results of earlier nodes.
import { asPointer, valueAt } from '../core/json-pointer.js';
import type { NodeInput, PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import { instancesOf } from '../db/queries/node-instances.js';
import type { Submission } from '../db/queries/submissions.js';
import { submissionsOf } from '../db/queries/submissions.js';
import type { Task } from '../db/queries/tasks.js';
import { shownSubmission } from './earlier-work.js';
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

interface Past {
  instances: NodeInstance[];
  submissions: Submission[];
}

/** What a node came to. Votes stay secret: of them there is only the result. */
function resultOf(
  { instances, submissions }: Past,
  key: string,
): { submission: Submission; isVoted: boolean } | undefined {
  const visits = instances.filter(({ node }) => node === key);
  const last = visits.findLast(({ parentId }) => parentId === null);
  if (!last || last.status === 'na') return undefined;
  const isVoted = last.kind === 'consensus' || visits.some(({ parentId }) => parentId !== null);
  const submission = isVoted
    ? submissions.find(({ id }) => id === last.result?.submission?.id)
    : submissions.findLast(({ node }) => node === key);
  return submission && { submission, isVoted };
}

function valueOf(past: Past, { variables = {} }: PipelineDefinition, input: NodeInput): unknown {
  const { from } = input;
  if ('variable' in from) return variables[from.variable] ?? input.default ?? null;
  const values = resultOf(past, from.node)?.submission.values;
  return (from.field === undefined ? values : valueAt(values, asPointer(from.field))) ?? input.default ?? null;
}

function shownResult(past: Past, key: string, authors: boolean) {
  const result = resultOf(past, key);
  return result ? shownSubmission(result.submission, authors && !result.isVoted) : null;
}

/** What a task had come to at a time; left out: by now. */
export async function pastOf({ pool }: Services, taskId: string, at?: Date): Promise<Past> {
  const past = { instances: await instancesOf(pool, taskId), submissions: await submissionsOf(pool, taskId) };
  if (at === undefined) return past;
  return {
    instances: past.instances.filter(({ openedAt }) => openedAt <= at),
    submissions: past.submissions.filter(({ submittedAt }) => submittedAt <= at),
  };
}

/** `inputs` and `results` by name, where the node declares any. */
export async function shownWork(
  services: Services,
  definition: PipelineDefinition,
  node: PipelineNode,
  of: { taskId: string; at?: Date },
) {
  const { inputs = [], shows: { results = [], authors = false } = {} } = node;
  if (inputs.length === 0 && results.length === 0) return {};
  const past = await pastOf(services, of.taskId, of.at);
  return {
    ...(inputs.length === 0
      ? {}
      : { inputs: Object.fromEntries(inputs.map((input) => [input.name, valueOf(past, definition, input)])) }),
    ...(results.length === 0
      ? {}
      : { results: Object.fromEntries(results.map((key) => [key, shownResult(past, key, authors)])) }),
  };
}
