// What is wrong with a definition of a pipeline: its shape, its graph, its forms, its expressions.
import { checkPipeline } from '../core/check-pipeline.js';
import type { LiveByNode } from '../core/live-settings.js';
import { inForce } from '../core/live-settings.js';
import type { PipelineDefinition } from '../core/pipeline.js';
import type { Problem } from '../core/problems.js';
import { checkExpressions } from '../language/check-expressions.js';
import { checkForms } from '../language/forms.js';
import { pipelineDefinition } from './contract/pipelines.js';
import { problemsOf } from './problem.js';
import { readablePipeline } from './readable-pipeline.js';

type Rules = (definition: PipelineDefinition, isPartial: boolean) => Problem[];

const checks: readonly Rules[] = [checkPipeline, checkForms, checkExpressions];

/** All problems of a definition, with the settings that are in force. */
export const problemsIn = (definition: PipelineDefinition, live: LiveByNode, isPartial = false): Problem[] =>
  checks.flatMap((rules) => rules(inForce(definition, live), isPartial));

interface Checked {
  definition: PipelineDefinition | undefined;
  problems: Problem[];
}

/** The definition, where what came has the shape of one. Else what can be read of it is checked all the same. */
export function check(body: unknown, live: LiveByNode): Checked {
  const parsed = pipelineDefinition.safeParse(body);
  if (parsed.success) return { definition: parsed.data, problems: problemsIn(parsed.data, live) };
  const ofShape = problemsOf(parsed.error).map((problem) => ({ ...problem, severity: 'error' as const }));
  const read = readablePipeline(body, parsed.error.issues);
  if (!read) return { definition: undefined, problems: ofShape };
  const ofRest = problemsIn(read.definition, live, read.isPartial);
  const asSent = ofRest.map((problem) => ({ ...problem, pointer: read.asSent(problem.pointer) }));
  return { definition: undefined, problems: [...ofShape, ...asSent] };
}
