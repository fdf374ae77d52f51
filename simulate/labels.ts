// What a synthetic person answers: right as often as they are accurate, else some other label that occurs.
import type { Worker } from './crew.js';
import { isObject } from '../core/json.js';
import type { Field, Form } from './definition.js';
import { choicesOf, propertiesOf } from './definition.js';
import { chance, pickByShare, pickOne } from './random.js';

export interface Labels {
  /** Everything that may be answered in that field. */
  of(field: Field | undefined): readonly string[];
  /** The right one; where no gold says so, or one that can't be answered there, one that the seed says. */
  right(field: Field | undefined, task: { name: string; gold: string | undefined }): string;
}

/** A gold that is a JSON object says what is right field by field. */
export function goldsOf(gold: string | undefined): Record<string, unknown> | undefined {
  if (!gold?.startsWith('{')) return undefined;
  try {
    const golds: unknown = JSON.parse(gold);
    return isObject(golds) ? golds : undefined;
  } catch {
    return undefined;
  }
}

/** What is right in that field. */
export function goldOf(gold: string | undefined, field: Field | undefined): string | undefined {
  const golds = goldsOf(gold);
  if (!golds) return gold;
  const own = golds[field?.name ?? ''];
  return typeof own === 'string' || own === undefined ? own : JSON.stringify(own);
}

/** Where neither the form nor any gold says what may be answered. */
const inventedLabels = ['answer 1', 'answer 2', 'answer 3', 'answer 4', 'answer 5'];

export function createLabels(golds: Iterable<string | undefined>, seed: number): Labels {
  const seen = [...new Set(golds)].filter((gold) => gold !== undefined).sort();
  const of = (field: Field | undefined): readonly string[] =>
    field?.choices?.map(String) ?? (seen.length > 1 ? seen : inventedLabels);
  return {
    of,
    right(field, task) {
      const { name } = task;
      const gold = goldOf(task.gold, field);
      if (gold !== undefined && (!field?.choices || of(field).includes(gold))) return gold;
      return pickOne(of(field), chance(seed, 'right', name)()) ?? '';
    },
  };
}

type Skill = Partial<Pick<Worker, 'accuracy' | 'confusion'>>;

const usualAccuracy = 0.9;

export function answerOf(skill: Skill, right: string, labels: readonly string[], draw: () => number): string {
  const confused = pickByShare(skill.confusion?.[right] ?? {}, draw());
  if (confused !== undefined) return confused;
  if (draw() < (skill.accuracy ?? usualAccuracy)) return right;
  const others = labels.filter((label) => label !== right);
  return pickOne(others, draw()) ?? right;
}

function filler(schema: Readonly<Record<string, unknown>>): unknown {
  if ('const' in schema) return schema['const'];
  if ('default' in schema) return schema['default'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const types: unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  switch (types[0]) {
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
    case 'boolean':
      return false;
    case 'array': {
      const least = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0;
      return Array.from({ length: least }, () => filler((schema['items'] ?? {}) as Record<string, unknown>));
    }
    case 'object':
      return filled(schema);
    default:
      return 'rehearsed'.padEnd(typeof schema['minLength'] === 'number' ? schema['minLength'] : 0, '.');
  }
}

/** Something for every required field. */
function filled(form: Form): Record<string, unknown> {
  const required: unknown[] = Array.isArray(form['required']) ? form['required'] : [];
  return Object.fromEntries(
    propertiesOf(form).flatMap(([name, schema]) => (required.includes(name) ? [[name, filler(schema)]] : [])),
  );
}

/** An answer as the form has it, which may be a number or a boolean. */
export const asGiven = ({ choices }: Field, answer: string): unknown =>
  choices?.find((choice) => String(choice) === answer) ?? answer;

/** The form filled in with an answer. */
export function valuesFor(form: Form, field: Field | undefined, answer: string): Record<string, unknown> {
  const values = filled(form);
  if (field) values[field.name] = asGiven(field, answer);
  return values;
}

interface Asked {
  task: { name: string; gold: string | undefined };
  /** The answer of the form, which is given already. */
  field: Field | undefined;
  draw: () => number;
}

/** Where the gold says what is right field by field, each further field that it names is answered by itself. */
export function fieldByField(labels: Labels, skill: Skill, form: Form, { task, field, draw }: Asked) {
  const golds = goldsOf(task.gold) ?? {};
  const further = propertiesOf(form).filter(([name]) => name !== field?.name && Object.hasOwn(golds, name));
  return Object.fromEntries(
    further.map(([name, schema]) => {
      const own = { name, choices: choicesOf(schema) };
      const answer = answerOf(skill, labels.right(own, task), labels.of(own), draw);
      return [name, asGiven(own, answer)];
    }),
  );
}
