// The end of one pipeline creates the task of another: once per visit of the node, however often it is tried.
import type pg from 'pg';
import { pipelineByName } from '../../db/queries/pipelines.js';
import { cyclesOf } from '../../db/queries/cycles-to-start.js';
import { closeBatch, openBatch, storeTasks } from '../../db/staging/tasks.js';
import { derivedId } from '../../language/hashing.js';
import { evaluate } from '../../language/expressions.js';
import { newTask } from '../../language/new-task.js';
import type { CycleStarter } from '../start-cycles.js';
import { messageOf, ProgramFailure } from './failure.js';
import type { Program, Work } from './work.js';

/** Pipelines that chain in a circle would never end. */
const deepest = 20;

function dataOf({ at, scope }: Work): Record<string, unknown> {
  if (at.kind !== 'chain' || at.data === undefined) return scope.data;
  try {
    return Object.fromEntries(Object.entries(at.data).map(([field, text]) => [field, evaluate(text, scope)]));
  } catch (error) {
    throw new ProgramFailure('EXPRESSION_FAILED', messageOf(error), { cause: error });
  }
}

function depthOf({ scope }: Work): number {
  const from = scope.metadata['chainedFrom'] as { depth?: unknown } | undefined;
  const depth = (typeof from?.depth === 'number' ? from.depth : 0) + 1;
  if (depth > deepest) throw new ProgramFailure('CHAIN_TOO_DEEP', `more than ${String(deepest)} pipelines in a row`);
  return depth;
}

export const createChain =
  (pool: pg.Pool, starter: CycleStarter): Program =>
  async (work) => {
    const { at, task, instance, scope } = work;
    const name = at.kind === 'chain' ? at.pipeline : '';
    const target = await pipelineByName(pool, task.projectId, name);
    if (!target) throw new ProgramFailure('PIPELINE_UNKNOWN', `there is no pipeline "${name}" in this project`);
    const id = derivedId('tsk', 'chain', instance);
    const metadata = { ...scope.metadata, chainedFrom: { taskId: task.taskId, node: at.key, depth: depthOf(work) } };
    const { externalId, priority, tags } = scope.task;
    const described = { data: dataOf(work), externalId: externalId ?? undefined, priority, tags, metadata };
    const batchId = derivedId('bat', 'chain', instance);
    const home = { projectId: task.projectId, pipelineId: target.id, versionId: target.versionId, batchId };
    await openBatch(pool, { ...home, kind: 'api' });
    const { handling, duplicates } = await storeTasks(pool, home, [newTask(id, described, 0)]);
    await closeBatch(pool, batchId);
    const existing = handling === 'allow' ? undefined : duplicates[0]?.existing;
    if (existing !== undefined && handling === 'refuse')
      throw new ProgramFailure('DUPLICATE_TASK', `the task ${existing} of "${name}" is there already`);
    if (existing !== undefined) return { result: {}, values: { taskId: existing, pipelineId: target.id } };
    for (const cycle of await cyclesOf(pool, [id])) await starter.startCycle(cycle);
    return { result: {}, values: { taskId: id, pipelineId: target.id } };
  };
