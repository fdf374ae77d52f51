// What a node is given by name: values of earlier nodes' results and of variables, for people and programs alike.
import { asPointer, valueAt } from '../core/json-pointer.js';
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';

/** `valuesOf` is what an earlier node came to. Without a value and a default: null. */
export function inputsOf(
  { variables = {} }: PipelineDefinition,
  { inputs = [] }: PipelineNode,
  valuesOf: (node: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    inputs.map((input) => {
      const { from } = input;
      if ('variable' in from) return [input.name, variables[from.variable] ?? input.default ?? null];
      const values = valuesOf(from.node);
      const value = from.field === undefined ? values : valueAt(values, asPointer(from.field));
      return [input.name, value ?? input.default ?? null];
    }),
  );
}
