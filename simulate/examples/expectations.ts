// What an example's expect.yaml says must hold at the end, and what of it does not. What is not named is not looked at.
import { parse } from 'yaml';
import { z } from 'zod';
import { valueAt } from '../../core/json-pointer.js';
import { cycleOutcomes } from '../../core/pipeline.js';
import { isRejectionCode } from '../../core/rejections.js';
import { rerunModes } from '../../core/resume.js';
import { nodeStatuses, taskStatuses } from '../../core/state.js';
import { InputProblem } from '../problems.js';

type Counted = Readonly<Record<string, number>>;

/** How an example ended, as the API told it; the rejections are those that the rehearsal met. */
export interface Ending {
  statuses: Counted;
  outcomes: Counted;
  /** Visits by node and status; a node that a task has not come to counts as `pending`. */
  nodes: Readonly<Record<string, Counted>>;
  /** Visits by node and outcome. */
  visits: Readonly<Record<string, Counted>>;
  /** Cycles by how they began: `start`, `resume` or `restart`. */
  cycles: Counted;
  /** Every node status that was seen on the way or at the end. */
  reached: ReadonlySet<string>;
  /** Every task status that was. */
  taskStatuses: ReadonlySet<string>;
  tasks: number;
  submissions: number;
  /** By verdict. */
  reviews: Counted;
  /** Verdicts by field, by its JSON pointer. */
  fields: Readonly<Record<string, Counted>>;
  issueTags: Counted;
  /** Comment threads by status, and the comments in them. */
  threads: Counted;
  comments: number;
  /** Runs of programs by status, every attempt counted. */
  executions: Counted;
  /** Runs that failed, by code. */
  failures: Counted;
  rejections: Counted;
  /** What people were handed, by node. */
  work: ReadonlyMap<string, readonly unknown[]>;
  /** Types of the entries of all timelines. */
  timeline: ReadonlySet<string>;
}

const whole = z.number().int().min(0);
const range = z
  .strictObject({ min: whole.optional(), max: whole.optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'give min, max or both')
  .refine(({ min = 0, max = Infinity }) => min <= max, 'min is more than max');
const exactly = (value: unknown): unknown => (typeof value === 'number' ? { min: value, max: value } : value);
/** A number, or from and to where. */
const count = z.preprocess(exactly, range);
type Range = z.infer<typeof range>;

const filled = <T extends z.ZodType<object>>(section: T) =>
  section.refine((value) => Object.keys(value).length > 0, 'expects nothing');
const countsOf = <const T extends readonly [string, ...string[]]>(names: T) =>
  filled(z.partialRecord(z.enum(names), count));
const pointer = z.string().regex(/^\//, 'is named by its JSON pointer, such as /label');
const code = z.string().refine(isRejectionCode, 'is no code of docs/rejections.md');

export const expectationShape = filled(
  z.strictObject({
    statuses: countsOf(taskStatuses).optional(),
    outcomes: countsOf(cycleOutcomes).optional(),
    nodes: filled(z.record(z.string(), countsOf(nodeStatuses))).optional(),
    visits: filled(z.record(z.string(), filled(z.record(z.string(), count)))).optional(),
    reached: filled(z.partialRecord(z.enum(nodeStatuses), z.boolean())).optional(),
    taskStatuses: filled(z.partialRecord(z.enum(taskStatuses), z.boolean())).optional(),
    counts: filled(
      z.strictObject({
        tasks: count.optional(),
        cycles: countsOf(['start', ...rerunModes]).optional(),
        submissions: count.optional(),
        reviews: countsOf(['pass', 'fail', 'fixed']).optional(),
        fields: filled(z.record(pointer, countsOf(['pass', 'fail']))).optional(),
        issueTags: filled(z.record(z.string(), count)).optional(),
        threads: countsOf(['open', 'resolved']).optional(),
        comments: count.optional(),
        executions: countsOf(['running', 'succeeded', 'failed']).optional(),
        failures: filled(z.record(z.string().regex(/^[A-Z_]+$/), count)).optional(),
      }),
    ).optional(),
    rejections: filled(z.record(code, count)).optional(),
    work: filled(z.record(z.string(), filled(z.record(pointer, filled(z.record(z.string(), count)))))).optional(),
    timeline: z.strictObject({ contains: z.array(z.string().min(1)).min(1) }).optional(),
  }),
);

export type Expectations = z.infer<typeof expectationShape>;

export function readExpectations(text: string, where: string): Expectations {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw new InputProblem(`${where} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = expectationShape.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  throw new InputProblem(`${where} is no list of expectations (docs/simulate.md says what one looks like)`, problems);
}

function inWords({ min, max }: Range): string {
  if (min === max) return String(min);
  if (max === undefined) return `at least ${min ?? 0}`;
  return min === undefined ? `at most ${max}` : `${min} to ${max}`;
}

type Mismatch = string;

const unmet = (what: string, expected: string, got: string | number): Mismatch =>
  `expected ${what} ${expected}, got ${got}`;

function checkCount(what: string, expected: Range | undefined, got: number): Mismatch[] {
  const { min = 0, max = Infinity } = expected ?? {};
  return expected && (got < min || got > max) ? [unmet(what, inWords(expected), got)] : [];
}

function checkCounts(
  what: string,
  expected: Readonly<Record<string, Range | undefined>> | undefined,
  got: Counted,
): Mismatch[] {
  return Object.entries(expected ?? {}).flatMap(([name, wanted]) =>
    checkCount(`${what}.${name}`, wanted, got[name] ?? 0),
  );
}

function checkNodes(
  what: string,
  expected: Readonly<Record<string, Readonly<Record<string, Range | undefined>>>> | undefined,
  got: Ending['nodes'],
): Mismatch[] {
  return Object.entries(expected ?? {}).flatMap(([node, counts]) => {
    const seen = got[node];
    if (!seen) return [unmet(`${what}.${node}`, 'to be a node', `only ${Object.keys(got).join(', ')}`)];
    return checkCounts(`${what}.${node}`, counts, seen);
  });
}

function checkSeen(
  what: string,
  expected: Readonly<Record<string, boolean | undefined>> | undefined,
  got: ReadonlySet<string>,
): Mismatch[] {
  return Object.entries(expected ?? {}).flatMap(([status, wanted]) =>
    got.has(status) === wanted ? [] : [unmet(`${what}.${status}`, String(wanted), String(!wanted))],
  );
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'absent';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** How often each value was there at that place of the work. */
function valuesAt(items: readonly unknown[], pointer: string): Counted {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const name = nameOf(valueAt(item, pointer));
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function checkWork(expected: Expectations['work'], got: Ending['work']): Mismatch[] {
  return Object.entries(expected ?? {}).flatMap(([node, places]) =>
    Object.entries(places).flatMap(([pointer, counts]) =>
      checkCounts(`work.${node}.${pointer}`, counts, valuesAt(got.get(node) ?? [], pointer)),
    ),
  );
}

function checkFields(expected: NonNullable<Expectations['counts']>['fields'], got: Ending['fields']): Mismatch[] {
  return Object.entries(expected ?? {}).flatMap(([field, counts]) =>
    checkCounts(`counts.fields.${field}`, counts, got[field] ?? {}),
  );
}

function checkTimeline(expected: Expectations['timeline'], got: Ending['timeline']): Mismatch[] {
  const types = [...got].sort().join(', ');
  return (expected?.contains ?? []).flatMap((type) =>
    got.has(type) ? [] : [unmet('timeline', `to contain ${type}`, types === '' ? 'nothing' : types)],
  );
}

/** What does not hold, in words. */
export function mismatches(expected: Expectations, ending: Ending): Mismatch[] {
  const { counts = {} } = expected;
  return [
    ...checkCounts('statuses', expected.statuses, ending.statuses),
    ...checkCounts('outcomes', expected.outcomes, ending.outcomes),
    ...checkNodes('nodes', expected.nodes, ending.nodes),
    ...checkNodes('visits', expected.visits, ending.visits),
    ...checkSeen('reached', expected.reached, ending.reached),
    ...checkSeen('taskStatuses', expected.taskStatuses, ending.taskStatuses),
    ...checkCount('counts.tasks', counts.tasks, ending.tasks),
    ...checkCounts('counts.cycles', counts.cycles, ending.cycles),
    ...checkCount('counts.submissions', counts.submissions, ending.submissions),
    ...checkCounts('counts.reviews', counts.reviews, ending.reviews),
    ...checkFields(counts.fields, ending.fields),
    ...checkCounts('counts.issueTags', counts.issueTags, ending.issueTags),
    ...checkCounts('counts.threads', counts.threads, ending.threads),
    ...checkCount('counts.comments', counts.comments, ending.comments),
    ...checkCounts('counts.executions', counts.executions, ending.executions),
    ...checkCounts('counts.failures', counts.failures, ending.failures),
    ...checkCounts('rejections', expected.rejections, ending.rejections),
    ...checkWork(expected.work, ending.work),
    ...checkTimeline(expected.timeline, ending.timeline),
  ];
}
