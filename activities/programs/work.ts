// What a program is given, and what it gives back.
import type pg from 'pg';
import { overlaid } from '../../core/merged-values.js';
import type { ExecutionResult } from '../../core/programs.js';
import type { PipelineDefinition, PipelineNode } from '../../core/pipeline.js';
import type { NodeResult, TaskIdentity } from '../../core/state.js';
import { payloadsOf, taskData } from '../../db/queries/scope.js';
import type { Usage } from '../../db/writes/executions.js';
import type { Scope } from '../../language/expressions.js';
import { inputsOf } from '../../language/inputs.js';

/** A run, as the cycle asks for it; payloads are referred to. */
export interface ExecutionRequest {
  execution: string;
  instance: string;
  node: string;
  kind: 'llm' | 'code' | 'gate' | 'chain';
  actor: string;
  task: TaskIdentity;
  /** Of one attempt. */
  timeoutMs: number;
  attempts: number;
  /** The number of the live settings that its cycle knew when it began; left out: none were ever changed. */
  settings?: number;
  /** By node key, what is done. */
  results: Record<string, Pick<NodeResult, 'outcome' | 'submission' | 'merged'>>;
}

export interface Work extends ExecutionRequest {
  definition: PipelineDefinition;
  at: PipelineNode;
  scope: Scope;
  /** Attempts before this one that were answered with what is of no use. */
  malformed: number;
  /** The time for this attempt is over, or the worker stops. */
  signal: AbortSignal;
}

/** What a program answers: the values are stored before the cycle hears of them. */
export interface Produced {
  result: Omit<ExecutionResult, 'submission'>;
  values?: unknown;
  usage?: Usage;
}

export type Program = (work: Work) => Promise<Produced>;

/** Undefined where the task was deleted. */
export async function scopeOf(
  pool: pg.Pool,
  { task, results: done }: ExecutionRequest,
  definition: PipelineDefinition,
  at: PipelineNode,
): Promise<Scope | undefined> {
  const found = await taskData(pool, task.taskId);
  if (!found) return undefined;
  const hashes = Object.values(done).flatMap(({ submission }) => (submission ? [submission.hash] : []));
  const payloads = await payloadsOf(pool, task.projectId, hashes);
  const { data, metadata, ...about } = found;
  const results: Scope['results'] = Object.fromEntries(
    Object.entries(done).map(([node, { outcome, submission, merged }]) => {
      const values = submission ? (payloads.get(submission.hash) ?? null) : null;
      return [node, { outcome, values: overlaid(values, merged) }];
    }),
  );
  return { data, metadata, task: about, results, inputs: inputsOf(definition, at, (node) => results[node]?.values) };
}
