// The one expression language: CEL, over a task and what earlier nodes gave. Checked when a pipeline is published.
import { Environment } from '@marcbachmann/cel-js';
import { isObject } from '../core/json.js';

/** What an expression sees. */
export interface Scope {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  task: { id: string; externalId: string | null; title: string; priority: number; tags: string[] };
  /** By node key, those that are done. */
  results: Record<string, { outcome: string; values: unknown }>;
  /** By name, what the node declares; a trigger has none. */
  inputs: Record<string, unknown>;
}

const environment = new Environment({ unlistedVariablesAreDyn: false, homogeneousAggregateLiterals: false })
  .registerVariable('data', 'map')
  .registerVariable('metadata', 'map')
  .registerVariable('task', 'map')
  .registerVariable('results', 'map')
  .registerVariable('inputs', 'map');

const message = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';

/** What an expression may refer to, and what it has to be. */
export interface Expected {
  /** The names that the node declares. */
  inputs: readonly string[];
  /** The type, where that is known. */
  as?: 'bool';
}

/** The input that a part of an expression names, by dot or by a literal in brackets. */
function inputAt({ op, args }: Record<string, unknown>): string[] {
  if ((op !== '.' && op !== '[]') || !Array.isArray(args)) return [];
  const [of, name] = args as unknown[];
  if (!isObject(of) || of['op'] !== 'id' || of['args'] !== 'inputs') return [];
  const literal = isObject(name) && name['op'] === 'value' ? name['args'] : name;
  return typeof literal === 'string' ? [literal] : [];
}

function inputsIn(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(inputsIn);
  return isObject(part) ? [...inputAt(part), ...inputsIn(part['args'])] : [];
}

/** What is wrong with an expression; undefined when nothing is. */
export function expressionProblem(text: string, { inputs, as }: Expected): string | undefined {
  try {
    const parsed = environment.parse(text);
    const { valid, type, error } = parsed.check();
    if (!valid) return message(error);
    if (as !== undefined && type !== as && type !== 'dyn') return `it gives ${String(type)}, not ${as}`;
    const unknown = inputsIn(parsed.ast).find((name) => !inputs.includes(name));
    return unknown === undefined ? undefined : `there is no input "${unknown}" here`;
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

export function templateProblems(template: string, expected: Expected): string[] {
  return [...template.matchAll(placeholder)].flatMap(([, text = '']) => {
    const problem = expressionProblem(text.trim(), expected);
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
