// A program in the place of the person at a consensus_review: with a manager's key and nothing but HTTP it looks through what
// waits there, makes a result of the answers, and approves it, or rejects where it finds none.
import { beforeAll, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { adjudicated, claimNext, expectStatus, newProject } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

interface Label {
  fruit: string;
  x: number;
}
interface Option {
  submissionId: string;
  hash: string;
  votes: number;
  values: Label;
}
interface Visit {
  id: string;
  status: string;
  verdict: string | null;
  performer: string | null;
  options?: Option[];
  submission: { values: Label } | null;
  result: { values: Label } | null;
}
interface Tasks {
  items: { id: string; dataHash: string }[];
  nextPageToken: string | null;
}

const form = {
  type: 'object',
  required: ['fruit', 'x'],
  properties: { fruit: { type: 'string' }, x: { type: 'number' } },
  additionalProperties: false,
};

let project: TestProject;
let program: Person;
let voters: [Person, Person, Person];
let pipeline: string;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  program = await project.person('team_manager');
  voters = [await project.person('annotator'), await project.person('annotator'), await project.person('annotator')];
  const policy = { kind: 'majority', fields: { fruit: 'exact', x: 'exact' }, threshold: 0.7 };
  pipeline = await project.pipeline(adjudicated({ form, policy, overlap: { min: 3 } }));
});

async function voted(...labels: [Label, Label, Label]): Promise<string> {
  const taskId = await project.task(pipeline);
  await votes(taskId, labels);
  return taskId;
}

async function votes(taskId: string, labels: readonly Label[]): Promise<void> {
  for (const [index, person] of voters.entries()) {
    const item = await until('a slot', () => claimNext(person, pipeline, { tasks: [taskId] }));
    const values = labels[index];
    expectStatus(await person.post(`/node-instances/${item.nodeInstanceId}/vote`, { values }), 200);
  }
}

async function visitsOf(taskId: string, node: string, who: Person = program): Promise<Visit[]> {
  const { body } = await who.get<{ items: { node: string; instances: Visit[] }[] }>(`/tasks/${taskId}/nodes`);
  return body.items.find((item) => item.node === node)?.instances ?? [];
}

/** Every task that is at the node, page by page. */
async function* tasksAt(node: string): AsyncGenerator<string> {
  for (let token: string | null = ''; token !== null;) {
    const from: string = token === '' ? '' : `&pageToken=${token}`;
    const { body }: { body: Tasks } = await program.get<Tasks>(
      `/pipelines/${pipeline}/tasks?node=${node}&limit=2${from}`,
    );
    yield* body.items.map(({ id }) => id);
    token = body.nextPageToken;
  }
}

/** An answer that most gave, else the same fruit in the middle of where it was seen; nothing where it is not one fruit. */
function produceResult(options: readonly Option[]): object | undefined {
  const most = options.find(({ votes }) => votes > 1);
  if (most) return { pick: most.hash };
  if (new Set(options.map(({ values }) => values.fruit)).size > 1) return undefined;
  const x = options.reduce((sum, { values }) => sum + values.x, 0) / options.length;
  return { values: { fruit: options[0]?.values.fruit, x } };
}

/** The whole program; answers with the tasks that it judged. */
async function run(): Promise<string[]> {
  const judged: string[] = [];
  for await (const taskId of tasksAt('judge')) {
    const visit = (await visitsOf(taskId, 'judge')).find(({ status }) => status === 'available');
    if (!visit?.options) continue;
    const result = produceResult(visit.options);
    expectStatus(await program.post(`/node-instances/${visit.id}/claim`), 200);
    const reply = result
      ? await program.post(`/node-instances/${visit.id}/approve`, result)
      : await program.post(`/node-instances/${visit.id}/reject`, { comment: 'not one fruit' });
    expectStatus(reply, 200);
    judged.push(taskId);
  }
  return judged;
}

const statusOf = async (taskId: string) => (await project.admin.get(`/tasks/${taskId}`)).body;

it('merges, picks or rejects, and has nothing left to do after it', async () => {
  const apple = (x: number): Label => ({ fruit: 'apple', x });
  const merged = await voted(apple(1), apple(2), apple(6));
  const picked = await voted(apple(4), apple(9), apple(4));
  const disputed = await voted(apple(1), { fruit: 'pear', x: 1 }, apple(3));

  expect((await run()).sort()).toEqual([merged, picked, disputed].sort());

  for (const [taskId, values, verdict] of [
    [merged, apple(3), 'fixed'],
    [picked, apple(4), 'pass'],
  ] as const) {
    expect(await visitsOf(taskId, 'judge')).toMatchObject([{ verdict, performer: program.id, result: { values } }]);
    expect(await statusOf(taskId)).toMatchObject({ status: 'finished', outcome: 'complete' });
  }
  expect(await visitsOf(disputed, 'judge')).toMatchObject([{ verdict: 'fail', performer: program.id }]);
  expect(await run()).toEqual([]);

  await votes(disputed, [apple(1), apple(2), apple(3)]);
  expect(await run()).toEqual([disputed]);
  expect((await visitsOf(disputed, 'judge')).at(-1)).toMatchObject({ verdict: 'fixed', result: { values: apple(2) } });
  await until('the task to finish', async () => (await statusOf(disputed))['status'] === 'finished');
});

it('sees before it claims what others only see as holders', async () => {
  const taskId = await voted({ fruit: 'fig', x: 1 }, { fruit: 'fig', x: 2 }, { fruit: 'fig', x: 2 });
  const reviewer = await project.person('reviewer');

  const [seen] = await visitsOf(taskId, 'judge');
  expect(seen?.options).toMatchObject([
    { votes: 1, values: { fruit: 'fig', x: 1 } },
    { votes: 2, values: { fruit: 'fig', x: 2 } },
  ]);
  expect(new Set(seen?.options?.map(({ hash }) => hash)).size).toBe(2);
  for (const who of [reviewer, voters[0]])
    expect((await visitsOf(taskId, 'judge', who))[0]).not.toHaveProperty('options');
  const item = await claimNext(reviewer, pipeline, { tasks: [taskId] });
  expect(item).toMatchObject({ options: seen?.options ?? [] });
  expect((await visitsOf(taskId, 'judge', reviewer))[0]).not.toHaveProperty('options');
});
