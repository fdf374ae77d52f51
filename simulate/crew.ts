// A crew in YAML or JSON: groups of people who exist only in the rehearsal.
//
//   people:
//     - name: ann              # optional; people are called ann-1, ann-2, …
//       role: annotator        # annotator | reviewer | annotator_reviewer
//       count: 8               # default 1; each does one thing at a time
//       accuracy: 0.8          # share of right answers, default 0.9; an erring person gives some other label
//       confusion:             # instead: by right label, how often (in shares) each label is given
//         cat: { cat: 0.8, dog: 0.2 }
//       actions:               # by right label, how often (in shares) an action is chosen where the node has it
//         blurred: { unusable: 0.9, discard: 0.1 }
//       judge: { right: 0.95, wrong: 0.1 }   # reviewers: how often right and wrong work is approved
//       passRate: 0.7          # reviewers: instead, how often anything is approved, whatever it is
//       fixRate: 0.5           # reviewers: how often work that is not approved is put right and passed, default 0
//       byField: 1            # reviewers: how often work is judged field by field, by the gold, default 0
//       issueTags: [blurred]   # reviewers: sent with every rejection by field
//       terse: 0.5             # reviewers: how often such a rejection is first sent without a comment, default 0
//       stubborn: 0.3          # how often rework by field is first handed in as it was, default 0
//       argues: 0.5            # how often who was refused for that says why not, instead of changing it, default 0
//       threads: 1             # how often work by field is talked about in comment threads, default 0
//       answers: { solved: 0.8, unsolved: 0.2 }   # at external nodes: how often (in shares) each pathway is answered, by callback
//       trust: 0.9             # how often a model's suggestion, or a draft handed on, is taken as it is, default 0
//       handOver: 0.2          # how often work that was answered is given back as a draft, default 0
//       discardRate: 0.02      # how often a task is thrown out instead of worked on, default 0
//       recalls: 0.3           # how often what was handed in is taken back at once, and handed in again with the right answer, default 0
//       skipRate: 0.02         # how often claimed work is given back with a reason, default 0
//       dropOut: 0.01          # how often claimed work is walked away from, default 0; it waits for the end of its lease
//       speed: 200             # milliseconds of thought per piece of work on average, default 0
//       after: 20              # comes to work once so many actions were accepted, default 0
//     - role: team_manager     # or admin: resolves what is held; takes no work
//       accuracy: 1            # of what they hand in themselves, by fixAndAccept
//       resolve: { return: 0.5, accept: 0, fixAndAccept: 0, discard: 0, restart: 0, leave: 0.5 }   # shares
//       changes:               # what they change once so many actions were accepted, default nothing
//         - after: 20
//           settings: { qa: { limits: { maxReviewFailures: 0 } } }   # by node
//           publish: {}          # admins: a definition, the next version
//           migrate: true        # admins: open tasks go on in it, as far as they can
//       pauses:                # one after another: the pipeline, or a node of it, after so many actions, for so many milliseconds
//         - { after: 10, ms: 1500, mode: hard }
//         - { after: 40, ms: 1500, node: qa }
//       reopens:               # done work that is opened again, once `tasks` (a number, or names) are like that; default: done at the node
//         - { node: dog, tasks: [pets-02], at: { look: available } }   # `at`: nodes by status
//         - { node: dog, tasks: 2, status: finished, fix: true }       # `status`: the task's; `fix`: handed in again at once, put right
//       revisions:             # admins: work in whose place the right values are put; with `rerun` what follows runs again
//         - { node: dog, tasks: 2, rerun: true }
//       reruns:                # tasks that are run again
//         - { mode: resume, tasks: 2, status: failed }
//         - { mode: restart, tasks: [pets-02], at: { look: available }, replace: true }
//         - { mode: resume, executions: failed, tasks: 2, status: failed }   # from those of their executions; with `node` from those there
//
// Right means equal to the task's gold. Where a task has none, one label is right by the seed, and accuracy isn't reported.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { resolveHows } from '../core/events.js';
import { rerunModes } from '../core/resume.js';
import { nodeStatuses, taskStatuses } from '../core/state.js';
import { InputProblem } from './problems.js';

const share = z.number().min(0).max(1);
const weight = z.number().min(0);
const base = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'a name is a-z, 0-9, - and _')
    .optional(),
  count: z.number().int().min(1).max(1_000).default(1),
  accuracy: share.optional(),
};

const worker = z
  .strictObject({
    ...base,
    role: z.enum(['annotator', 'reviewer', 'annotator_reviewer']),
    confusion: z.record(z.string(), z.record(z.string(), weight)).optional(),
    actions: z.record(z.string(), z.record(z.string(), weight)).optional(),
    judge: z.strictObject({ right: share, wrong: share }).optional(),
    passRate: share.optional(),
    fixRate: share.default(0),
    byField: share.default(0),
    issueTags: z.array(z.string().min(1).max(100)).max(20).default([]),
    terse: share.default(0),
    stubborn: share.default(0),
    argues: share.default(0),
    threads: share.default(0),
    answers: z.record(z.string(), weight).optional(),
    trust: share.default(0),
    handOver: share.default(0),
    recalls: share.default(0),
    discardRate: share.default(0),
    skipRate: share.default(0),
    dropOut: share.default(0),
    speed: z.number().min(0).max(3_600_000).default(0),
    after: z.number().int().min(0).default(0),
  })
  .refine(({ judge, passRate }) => !judge || passRate === undefined, 'give judge or passRate, not both')
  .refine(({ accuracy, confusion }) => accuracy === undefined || !confusion, 'give accuracy or confusion, not both');

const change = z.strictObject({
  after: z.number().int().min(0),
  settings: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  publish: z.record(z.string(), z.unknown()).optional(),
  migrate: z.boolean().default(false),
});

const pause = z
  .strictObject({
    after: z.number().int().min(0),
    ms: z.number().int().min(0).max(60_000),
    mode: z.enum(['drain', 'hard']).optional(),
    node: z.string().optional(),
  })
  .refine(({ mode, node }) => mode === undefined || node === undefined, 'a node is paused without a mode');

/** Which tasks, and when: as soon as there are so many like that. */
const picked = {
  after: z.number().int().min(0).default(0),
  tasks: z
    .union([z.number().int().min(1).max(1_000), z.array(z.string().min(1)).min(1).max(100)], {
      error: 'tasks are a number from 1 on, or a list of their ids',
    })
    .default(1),
  status: z.enum(taskStatuses).optional(),
  at: z.record(z.string(), z.enum(nodeStatuses)).default({}),
};

const reopening = z
  .strictObject({ ...picked, node: z.string(), fix: z.boolean().default(false), action: z.string().optional() })
  .refine(({ fix, action }) => !fix || action === undefined, 'give fix or action, not both');

const revision = z.strictObject({ ...picked, node: z.string(), rerun: z.boolean().default(false) });

const rerun = z
  .strictObject({
    ...picked,
    mode: z.enum(rerunModes),
    node: z.string().optional(),
    executions: z.enum(['running', 'succeeded', 'failed']).optional(),
    replace: z.boolean().default(false),
  })
  .refine(({ status, at }) => status !== undefined || Object.keys(at).length > 0, 'say when: by status, or by at')
  .refine(
    ({ mode, node, executions }) => mode === 'resume' || node === undefined || executions !== undefined,
    'a restart begins at the start: leave node out',
  );

const manager = z
  .strictObject({
    ...base,
    role: z.enum(['team_manager', 'admin']),
    changes: z.array(change).max(20).default([]),
    resolve: z.partialRecord(z.enum([...resolveHows, 'leave']), weight).default({ leave: 1 }),
    pauses: z.array(pause).max(10).default([]),
    reopens: z.array(reopening).max(20).default([]),
    revisions: z.array(revision).max(20).default([]),
    reruns: z.array(rerun).max(20).default([]),
  })
  .refine(({ role, revisions }) => role === 'admin' || revisions.length === 0, 'revisions are for an admin');

export type Picked = z.infer<z.ZodObject<typeof picked>>;

const unknownRole = 'a role is annotator, reviewer, annotator_reviewer, team_manager or admin';
const crewShape = z.strictObject({
  people: z
    .array(z.discriminatedUnion('role', [worker, manager], { error: unknownRole }))
    .min(1)
    .max(100),
});

export type Worker = z.infer<typeof worker> & { name: string };
export type Manager = z.infer<typeof manager> & { name: string };

export interface Crew {
  workers: Worker[];
  managers: Manager[];
}

const usual: z.input<typeof crewShape> = {
  people: [
    { name: 'annotator', role: 'annotator', count: 20, accuracy: 0.9, discardRate: 0.01 },
    { name: 'reviewer', role: 'reviewer', count: 10, judge: { right: 0.97, wrong: 0.1 } },
    { name: 'manager', role: 'team_manager', resolve: { return: 0.5, leave: 0.5 } },
  ],
};

/** Every person of the crew by name. */
function peopleOf(crew: z.infer<typeof crewShape>): Crew {
  const people: Crew = { workers: [], managers: [] };
  const used = new Map<string, number>();
  for (const group of crew.people) {
    const name = group.name ?? group.role;
    for (let left = group.count; left > 0; left -= 1) {
      const number = (used.get(name) ?? 0) + 1;
      used.set(name, number);
      const person = { name: `${name}-${number}` };
      if ('resolve' in group) people.managers.push({ ...group, ...person });
      else people.workers.push({ ...group, ...person });
    }
  }
  return people;
}

export function checkCrew(value: unknown, where: string): Crew {
  const parsed = crewShape.safeParse(value);
  if (parsed.success) return peopleOf(parsed.data);
  const problems = parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  throw new InputProblem(`${where} is no crew (simulate/crew.ts says what one looks like)`, problems);
}

export async function readCrew(file: string | undefined): Promise<Crew> {
  if (file === undefined) return checkCrew(usual, 'the usual crew');
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new InputProblem(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return checkCrew(value, file);
}
