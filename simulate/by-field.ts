// Work field by field: a verdict on each field that the gold names, and rework of those that were failed.
import { asPointer, pointerTo, valueAt } from '../core/json-pointer.js';
import type { Worker } from './crew.js';
import type { Field, Form } from './definition.js';
import { answerField, choicesOf, formOf, propertiesOf } from './definition.js';
import type { Floor } from './floor.js';
import { asGiven, goldsOf } from './labels.js';
import type { TaskCard } from './scene.js';
import type { Command, Work } from './work.js';

export const taskOf = ({ scene }: Floor, { taskId }: Work): Pick<TaskCard, 'name' | 'gold'> =>
  scene.tasks.get(taskId) ?? { name: taskId, gold: undefined };

/** The form of the work that a review judges. */
export function reviewedForm({ definition }: Floor, { node }: Work): Form {
  const worked = definition.nodes.find(({ key }) => key === node)?.reviews;
  return worked === undefined ? {} : formOf(definition, worked);
}

/** The fields that the gold says something of: all that it names, or the answer of the form. */
function knownFields(form: Form, gold: string | undefined): Field[] {
  const golds = goldsOf(gold);
  const answer = answerField(form);
  if (!golds) return gold === undefined || !answer ? [] : [answer];
  return propertiesOf(form).flatMap(([name, schema]) =>
    Object.hasOwn(golds, name) ? [{ name, choices: choicesOf(schema) }] : [],
  );
}

export interface FieldVerdict {
  field: string;
  verdict: 'pass' | 'fail';
  comment?: string;
}

/** Fails what is not as the gold says; the author's word on why it stays is taken. */
function judged(floor: Floor, work: Work): FieldVerdict[] {
  const task = taskOf(floor, work);
  return knownFields(reviewedForm(floor, work), task.gold).map((known) => {
    const field = pointerTo('', known.name);
    const right = floor.labels.right(known, task);
    const isRight = String(valueAt(work.reviewed?.values, field)) === right;
    if (isRight || work.reviewed?.answers?.[field] !== undefined) return { field, verdict: 'pass' };
    return { field, verdict: 'fail', comment: `should be ${right}` };
  });
}

/** Nothing where the gold says nothing. */
export function verdictByField(floor: Floor, worker: Worker, work: Work, draw: () => number): Command | undefined {
  const fieldVerdicts = judged(floor, work);
  if (fieldVerdicts.length === 0) return undefined;
  const failed = fieldVerdicts.filter(({ verdict }) => verdict === 'fail').map(({ field }) => field);
  if (failed.length === 0) return { path: 'approve', json: { fieldVerdicts } };
  const bare = { fieldVerdicts, ...(worker.issueTags.length > 0 ? { issueTags: worker.issueTags } : {}) };
  const json = { ...bare, comment: `wrong: ${failed.join(', ')}` };
  return worker.terse > 0 && draw() < worker.terse
    ? { path: 'reject', json: bare, instead: { code: 'COMMENT_REQUIRED', json } }
    : { path: 'reject', json };
}

/** Who is told which fields are wrong puts those right, unless they think that nothing is. */
export function reworkByField(floor: Floor, worker: Worker, work: Work, draw: () => number): Command | undefined {
  const failed = (work.review?.fields ?? []).map(asPointer);
  const before = work.rejected?.values;
  if (failed.length === 0 || !before) return undefined;
  const task = taskOf(floor, work);
  const fields = knownFields(work.form, task.gold).filter(({ name }) => failed.includes(pointerTo('', name)));
  const changes = fields.map((field) => [field.name, asGiven(field, floor.labels.right(field, task))] as const);
  const changed = { values: { ...before, ...Object.fromEntries(changes) } };
  if (worker.stubborn === 0 || draw() >= worker.stubborn) return { path: 'submit', json: changed };
  const answers = Object.fromEntries(failed.map((field) => [field, 'it is right as it is']));
  const isArguing = worker.argues > 0 && draw() < worker.argues;
  const json = isArguing ? { values: before, answers } : changed;
  return { path: 'submit', json: { values: before }, instead: { code: 'FIELDS_UNCHANGED', json } };
}
