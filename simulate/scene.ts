// Sets the scene through the API: a project, the pipeline, its tasks. What the tasks are is read back from the API too.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Api } from './api.js';
import { refused } from './api.js';
import type { Definition } from './definition.js';
import type { Awaits, Entry } from './entry.js';
import { setSeeder, setTriggers } from './entry.js';
import { pipelineShape } from './definition.js';
import type { Member, Person } from './members.js';
import { hire, named } from './members.js';
import { InputProblem, PatienceEnded } from './problems.js';

export interface Published {
  id: string;
  definition: Definition;
}

export interface Scene {
  api: Api;
  projectId: string;
  pipelineId: string;
  /** Of an admin. */
  key: string;
  definition: Definition;
  /** The pipeline and the further ones, to which tasks may be chained; who chains comes before who is chained to. */
  pipelines: readonly Published[];
  /** Who was hired, by name. */
  staff: ReadonlyMap<string, Member>;
  /** Those that were there at the beginning, and those that were met since. */
  tasks: ReadonlyMap<string, TaskCard>;
  /** Of a task that a seeder, a trigger, a chain or a checkpoint brought meanwhile it is read now. */
  meet: (taskId: string) => Promise<TaskCard>;
  /** Whether seeders or triggers have more to bring. */
  awaits: Awaits;
  patienceMs: number;
}

export interface TaskCard {
  id: string;
  /** The same in every rehearsal of the same file. */
  name: string;
  cycleId: string;
  gold: string | undefined;
}

export interface Source {
  /** YAML or JSON. */
  pipeline: string;
  /** Further pipelines that have to be there before. */
  further: readonly string[];
  /** Left out where all of them come otherwise. */
  tasks: (() => string | ReadableStream) | undefined;
  /** Media type of the tasks. */
  tasksType: 'text/csv' | 'application/x-ndjson';
  entry: Entry | undefined;
  /** Hired before anything is published, as pipelines may name them. */
  people: readonly Person[];
  truth: ReadonlyMap<string, string>;
}

export interface SetUp extends Pick<Scene, 'api' | 'patienceMs'> {
  /** Of an admin of an existing project, or the operator's. */
  givenKey: string;
  signal: AbortSignal;
  say: (line: string) => void;
}

const lookEveryMs = 200;
const hiredAtOnce = 16;

const taskShape = z.object({
  id: z.string(),
  externalId: z.string().nullable(),
  dataHash: z.string(),
  cycleId: z.string(),
  gold: z.unknown().optional(),
});
const taskPage = z.object({ items: z.array(taskShape), nextPageToken: z.string().nullable() });

/** Where the key is the operator's, a project of its own. */
async function projectFor({ api, givenKey }: SetUp): Promise<{ projectId: string; key: string }> {
  const me = await api.send({ path: '/me', key: givenKey });
  if (me.ok) {
    const { projectId, role } = z.object({ projectId: z.string(), role: z.string() }).parse(me.body);
    if (role !== 'admin') throw new InputProblem(`the key is one of a ${role}; a rehearsal needs an admin's`);
    return { projectId, key: givenKey };
  }
  if (me.code !== 'FORBIDDEN') throw refused('the key', me);
  const run = randomUUID().slice(0, 8);
  const json = { name: `Rehearsal ${run}`, admin: { email: `admin.${run}@simulate.example` } };
  const made = await api.send({ method: 'POST', path: '/projects', key: givenKey, json });
  if (!made.ok) throw refused('POST /projects', made);
  const { id, apiKey } = z.object({ id: z.string(), apiKey: z.string() }).parse(made.body);
  return { projectId: id, key: apiKey };
}

async function publish(setUp: SetUp, projectId: string, key: string, text: string): Promise<Published> {
  const path = `/projects/${projectId}/pipelines`;
  const post = (body: string) =>
    setUp.api.send({ method: 'POST', path, key, raw: { type: 'application/yaml', body: () => body } });
  let answer = await post(text);
  if (!answer.ok && answer.code === 'NAME_TAKEN') {
    const definition = parse(text) as { name: string };
    const name = `${definition.name.slice(0, 180)} (${randomUUID().slice(0, 8)})`;
    setUp.say(`There is a pipeline of that name already; this one is called "${name}".`);
    answer = await post(stringify({ ...definition, name }));
  }
  if (!answer.ok) throw refused('the pipeline', answer);
  const { id, warnings } = z
    .object({ id: z.string(), warnings: z.array(z.object({ pointer: z.string(), message: z.string() })).default([]) })
    .parse(answer.body);
  for (const { pointer, message } of warnings) setUp.say(`Pipeline, ${pointer}: ${message} (a warning)`);
  const { definition } = pipelineShape.parse(await setUp.api.get(`/pipelines/${id}`, key));
  return { id, definition };
}

const imported = z.object({
  batchId: z.string(),
  imported: z.number(),
  rejected: z.number(),
  problems: z.array(z.object({ line: z.number(), message: z.string() })),
});

/** Sends the file and waits until every cycle has begun. */
async function importTasks(
  setUp: SetUp,
  pipelineId: string,
  key: string,
  body: () => string | ReadableStream,
  type: Source['tasksType'],
): Promise<void> {
  const path = `/pipelines/${pipelineId}/imports`;
  const answer = await setUp.api.send({ method: 'POST', path, key, raw: { type, body } });
  if (!answer.ok) throw refused('the tasks', answer);
  const { batchId, problems, rejected } = imported.parse(answer.body);
  if (rejected > 0) setUp.say(`${rejected} rows of the tasks were left out:`);
  for (const { line, message } of problems) setUp.say(`  line ${line}: ${message}`);
  let began = -1;
  let since = performance.now();
  for (;;) {
    const batch = await setUp.api.get(`/imports/${batchId}`, key);
    const { tasks, started } = z.object({ tasks: z.number(), started: z.number() }).parse(batch);
    if (started === tasks) return;
    if (started > began) since = performance.now();
    began = started;
    if (performance.now() - since > setUp.patienceMs) {
      throw new PatienceEnded(`${tasks - started} of ${tasks} tasks have not begun`);
    }
    await pause(lookEveryMs, undefined, { signal: setUp.signal });
  }
}

const labelOf = (gold: unknown): string | undefined =>
  gold === undefined || gold === null ? undefined : typeof gold === 'string' ? gold.trim() : JSON.stringify(gold);

function cardOf({ id, externalId, dataHash, cycleId, gold }: z.infer<typeof taskShape>, truth: Source['truth']) {
  const name = externalId ?? dataHash;
  return { id, name, cycleId, gold: truth.get(name) ?? labelOf(gold) };
}

async function tasksOf(api: Api, pipelineId: string, key: string, truth: Source['truth']) {
  const tasks = new Map<string, TaskCard>();
  let token: string | null = '';
  while (token !== null) {
    const path = `/pipelines/${pipelineId}/tasks?limit=500${token === '' ? '' : `&pageToken=${token}`}`;
    const page = taskPage.parse(await api.get(path, key));
    for (const task of page.items) tasks.set(task.id, cardOf(task, truth));
    token = page.nextPageToken;
  }
  return tasks;
}

export async function setScene(setUp: SetUp, source: Source): Promise<Scene> {
  const { api, patienceMs } = setUp;
  const { projectId, key } = await projectFor(setUp);
  const staff = await hire({ api, projectId, key }, source.people, hiredAtOnce);
  const further: Published[] = [];
  for (const text of source.further) further.push(await publish(setUp, projectId, key, named(text, staff)));
  const own = await publish(setUp, projectId, key, named(source.pipeline, staff));
  const { id: pipelineId, definition } = own;
  const pipelines = [own, ...further.toReversed()];
  const names = new Map(pipelines.map(({ id, definition: { name } }) => [name, id]));
  const place = { api, key, pipelineId, pipelines: names };
  const { seeder, triggers = [] } = source.entry ?? {};
  const awaitsTriggers = await setTriggers(place, triggers);
  const awaitsSeeder = seeder ? await setSeeder(place, seeder, source.tasks) : () => Promise.resolve(false);
  const isImported = !seeder || seeder.source !== undefined;
  if (isImported && source.tasks) await importTasks(setUp, pipelineId, key, source.tasks, source.tasksType);
  const tasks = await tasksOf(api, pipelineId, key, source.truth);
  const awaits = async (): Promise<boolean> => (await awaitsSeeder()) || awaitsTriggers();
  const meet = async (taskId: string): Promise<TaskCard> => {
    const known = tasks.get(taskId);
    if (known) return known;
    const card = cardOf(taskShape.parse(await api.get(`/tasks/${taskId}`, key)), source.truth);
    tasks.set(taskId, card);
    return card;
  };
  return { meet, awaits, api, projectId, pipelineId, key, definition, pipelines, staff, tasks, patienceMs };
}
