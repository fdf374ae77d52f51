// The expressions and templates of a definition, each problem with its JSON pointer.
import type { Problem } from '../core/check-pipeline.js';
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import type { Model } from '../core/program-settings.js';
import type { Expected } from './expressions.js';
import { expressionProblem, templateProblems } from './expressions.js';

interface Text {
  pointer: string;
  problems: string[];
}

const condition = (pointer: string, text: string, expected: Expected): Text => {
  const problem = expressionProblem(text, expected);
  return { pointer, problems: problem === undefined ? [] : [problem] };
};

function ofModel({ system, prompt }: Model, at: string, expected: Expected): Text[] {
  return [
    { pointer: `${at}/prompt`, problems: templateProblems(prompt, expected) },
    ...(system === undefined ? [] : [{ pointer: `${at}/system`, problems: templateProblems(system, expected) }]),
  ];
}

function ofNode(node: PipelineNode, at: string): Text[] {
  const expected = { inputs: (node.inputs ?? []).map(({ name }) => name) };
  if (node.kind === 'llm') return ofModel(node.model, `${at}/model`, expected);
  if (node.kind === 'gate') {
    return node.branches.flatMap(({ when }, index) =>
      when === undefined ? [] : [condition(`${at}/branches/${String(index)}/when`, when, { ...expected, as: 'bool' })],
    );
  }
  if (node.kind === 'chain') {
    return Object.entries(node.data ?? {}).map(([field, text]) => condition(`${at}/data/${field}`, text, expected));
  }
  return node.settings?.model ? ofModel(node.settings.model, `${at}/settings/model`, expected) : [];
}

export function checkExpressions({ nodes }: PipelineDefinition): Problem[] {
  return nodes
    .flatMap((node, index) => ofNode(node, `/nodes/${String(index)}`))
    .flatMap(({ pointer, problems }) => problems.map((message) => ({ pointer, message, severity: 'error' as const })));
}
