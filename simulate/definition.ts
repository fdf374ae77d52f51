// What a rehearsal has to know of a pipeline's definition: which field of a form is the answer.
import { isObject } from '../core/json.js';
import { z } from 'zod';

const nodeShape = z.object({
  key: z.string(),
  kind: z.string(),
  form: z.record(z.string(), z.unknown()).optional(),
  recipe: z.string().optional(),
  reviews: z.string().optional(),
});

export const pipelineShape = z.object({
  definition: z.object({
    name: z.string(),
    recipes: z.record(z.string(), z.object({ form: z.record(z.string(), z.unknown()) })).optional(),
    nodes: z.array(nodeShape),
  }),
});

export type Definition = z.infer<typeof pipelineShape>['definition'];
export type Form = Readonly<Record<string, unknown>>;

export interface Field {
  name: string;
  /** What may be answered, where the form says so. */
  choices: readonly unknown[] | undefined;
}

export function formOf(definition: Definition, nodeKey: string): Form {
  const node = definition.nodes.find(({ key }) => key === nodeKey);
  return node?.form ?? definition.recipes?.[node?.recipe ?? '']?.form ?? {};
}

/** The properties of a form, the required ones first. */
export function propertiesOf(form: Form): [name: string, schema: Record<string, unknown>][] {
  const properties = isObject(form['properties']) ? form['properties'] : {};
  const required = Array.isArray(form['required']) ? form['required'].map(String) : [];
  const names = [...required, ...Object.keys(properties).filter((name) => !required.includes(name))];
  return names.map((name) => [name, isObject(properties[name]) ? properties[name] : {}]);
}

export function choicesOf(schema: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum'] as unknown[];
  return schema['type'] === 'boolean' ? [true, false] : undefined;
}

/** The field that is the answer: the first required (else the first) one with choices, failing that the first text. */
export function answerField(form: Form): Field | undefined {
  const fields = propertiesOf(form);
  const chosen =
    fields.find(([, schema]) => choicesOf(schema)) ??
    fields.find(([, { type }]) => type === 'string' || type === undefined);
  return chosen && { name: chosen[0], choices: choicesOf(chosen[1]) };
}
