// The one expression language: CEL, over a task and what earlier nodes gave. Checked when a pipeline is published.
import { Environment } from '@marcbachmann/cel-js';

/** What an expression sees. */
export interface Scope {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  task: { id: string; externalId: string | null; title: string; priority: number; tags: string[] };
  /** By node key, those that are done. */
  results: Record<string, { outcome: string; values: unknown }>;
}

const environment = new Environment({ unlistedVariablesAreDyn: false, homogeneousAggregateLiterals: false })
  .registerVariable('data', 'map')
  .registerVariable('metadata', 'map')
  .registerVariable('task', 'map')
  .registerVariable('results', 'map');

const message = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';

/** What is wrong with an expression; undefined when nothing is. `as` is the type that it must have, where that is known. */
export function expressionProblem(text: string, as?: 'bool'): string | undefined {
  try {
    const { valid, type, error } = environment.parse(text).check();
    if (!valid) return message(error);
    if (as !== undefined && type !== as && type !== 'dyn') return `it gives ${String(type)}, not ${as}`;
    return undefined;
  } catch (error) {
    return message(error);
  }
}

/** CEL's whole numbers are big integers; what leaves here is plain JSON. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

/** @throws Error that says which expression could not be evaluated, and why */
export function evaluate(text: string, scope: Scope): unknown {
  try {
    return plain(environment.evaluate(text, scope));
  } catch (error) {
    throw new Error(`"${text}": ${message(error)}`, { cause: error });
  }
}

const placeholder = /\{\{(.*?)\}\}/gs;

export function templateProblems(template: string): string[] {
  return [...template.matchAll(placeholder)].flatMap(([, text = '']) => {
    const problem = expressionProblem(text.trim());
    return problem === undefined ? [] : [`"${text.trim()}": ${problem}`];
  });
}

/** A text in which each `{{ CEL }}` is replaced by its value: text as it is, everything else as JSON. */
export function render(template: string, scope: Scope): string {
  return template.replaceAll(placeholder, (_, text: string) => {
    const value = evaluate(text.trim(), scope);
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}
