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

const checks = [checkPipeline, checkForms, checkExpressions];

/** All problems of a definition, with the settings that are in force. */
export const problemsIn = (definition: PipelineDefinition, live: LiveByNode): Problem[] =>
  checks.flatMap((rules) => rules(inForce(definition, live)));

interface Checked {
  definition: PipelineDefinition | undefined;
  problems: Problem[];
}

/** The definition, where what came has the shape of one. */
export function check(body: unknown, live: LiveByNode): Checked {
  const parsed = pipelineDefinition.safeParse(body);
  if (!parsed.success) {
    return {
      definition: undefined,
      problems: problemsOf(parsed.error).map((problem) => ({ ...problem, severity: 'error' })),
    };
  }
  return { definition: parsed.data, problems: problemsIn(parsed.data, live) };
}
