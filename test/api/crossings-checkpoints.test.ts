// Checkpoints beside what takes their items back: reopens, recalls, reruns, cancellations and other versions. Each item is in one
// firing at most, and none fires without what is still at work.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { TaskView } from '../support/checkpoints.js';
import {
  annotates,
  batchOf,
  batchView,
  contextsOf,
  gathered,
  tasksOf,
  untilFired,
  withBroken,
} from '../support/checkpoints.js';
import { openClient, openPool } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, newProject } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const client = await openClient();

let project: TestProject;
let admin: Person;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  admin = project.admin;
  [ann, bob] = [await project.person('annotator'), await project.person('annotator')];
});

const idsOf = (items: { taskId: string }[] = []): string[] => items.map(({ taskId }) => taskId).sort();
const rerun = async (taskId: string, body: object): Promise<void> => {
  expectStatus(await admin.post(`/tasks/${taskId}/rerun`, body), 200);
};

/** Claims this very item, if need be, and hands it in. */
async function annotates1(person: Person, pipeline: string, taskId: string, values: object = {}): Promise<void> {
  const item = await until(taskId, () => claimNext(person, pipeline, { nodes: ['annotate'], tasks: [taskId] }));
  expectStatus(await person.post(`/node-instances/${item.nodeInstanceId}/submit`, { values }), 200);
}

const standingsOf = async (batchId: string | null) =>
  (await batchView(project, batchId)).checkpoints.reduce(
    (sum, { coming, arrived }) => ({ coming: sum.coming + coming, arrived: sum.arrived + arrived }),
    { coming: 0, arrived: 0 },
  );
const untilStanding = (batchId: string | null, coming: number, arrived: number) =>
  until(`${String(coming)} to be coming and ${String(arrived)} held`, async () => {
    const now = await standingsOf(batchId);
    return now.coming === coming && now.arrived === arrived;
  });

/** A batch of two: one is held, the other is in somebody's hands. */
async function halfWay(definition: object = gathered('task')) {
  const pipeline = await project.pipeline(definition);
  const [one, two] = (await batchOf(project, pipeline, 2)) as [TaskView, TaskView];
  await annotates1(ann, pipeline, one.id, { label: 'first' });
  const item = await claimNext(bob, pipeline, { tasks: [two.id] });
  await untilStanding(one.batchId, 1, 1);
  const finish = async () => {
    expectStatus(await bob.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, { values: {} }), 200);
  };
  return { pipeline, batchId: one.batchId, held: one.id, other: two.id, finish };
}

const submissionAt = async (pipeline: string, held: string): Promise<unknown> => {
  const [context] = await untilFired(project, pipeline);
  const submissionId = context?.data.items.find(({ taskId }) => taskId === held)?.submissionId;
  const text = `select p.values from submissions s join payloads p on p.hash = s.payload_hash and p.project_id = s.project_id where s.id = $1`;
  return (await pool.query<{ values: unknown }>(text, [submissionId])).rows[0]?.values;
};
const untilAllEnded = (pipeline: string) =>
  until('all items to end', async () =>
    (await tasksOf(project, pipeline)).every(({ batchId, status }) => !batchId || status === 'finished'),
  );

/** What was held is at work again: the other one alone does not fire, and with the second answer both are let through. */
async function firesWithSecondAnswer({ pipeline, batchId, held, other, finish }: Awaited<ReturnType<typeof halfWay>>) {
  await finish();
  await untilStanding(batchId, 1, 1);
  expect(await contextsOf(project, pipeline)).toEqual([]);
  await annotates1(ann, pipeline, held, { label: 'second' });

  const [context] = await untilFired(project, pipeline);
  expect(idsOf(context?.data.items)).toEqual([held, other].sort());
  expect(await submissionAt(pipeline, held)).toEqual({ label: 'second' });
  await untilAllEnded(pipeline);
}

describe('a held item', () => {
  it('that is reopened is waited for, and is in the context as it was handed in last', async () => {
    const half = await halfWay();
    expectStatus(await admin.post(`/node-instances/${half.held}.1.annotate.1/reopen`), 200);
    await untilStanding(half.batchId, 2, 0);
    await firesWithSecondAnswer(half);
  });

  it('that its author recalls is waited for', async () => {
    const { pipeline, batchId, held, finish } = await halfWay();
    const recalled = await ann.post<{ nodeInstanceId: string }>(`/node-instances/${held}.1.annotate.1/recall`);
    expectStatus(recalled, 200);
    await finish();
    await untilStanding(batchId, 1, 1);
    const again = `/node-instances/${recalled.body.nodeInstanceId}/submit`;
    expectStatus(await ann.post(again, { values: { label: 'second' } }), 200);

    expect(await submissionAt(pipeline, held)).toEqual({ label: 'second' });
    expect((await contextsOf(project, pipeline)).map(({ data }) => data.itemCount)).toEqual([2]);
    await untilAllEnded(pipeline);
  });

  it.each([{ mode: 'resume', node: 'annotate' }, { mode: 'restart' }])(
    'whose cycle is replaced (%j) is waited for in the next one',
    async (how) => {
      const half = await halfWay();
      await rerun(half.held, { ...how, replace: true });
      await untilStanding(half.batchId, 2, 0);
      await firesWithSecondAnswer(half);
    },
  );

  it('that is cancelled in Temporal or discarded does not hold the others up', async () => {
    const { pipeline, batchId, held, other, finish } = await halfWay();
    await client.cancel(`cycle:${held}.1`);
    await untilStanding(batchId, 1, 0);
    await finish();
    expect(idsOf((await untilFired(project, pipeline))[0]?.data.items)).toEqual([other]);

    const second = await halfWay();
    const discard = { action: 'discard', values: {} };
    expectStatus(await admin.post(`/node-instances/${second.held}.1.annotate.1/reopen`, discard), 200);
    await second.finish();
    expect(idsOf((await untilFired(project, second.pipeline))[0]?.data.items)).toEqual([second.other]);
  });
});

describe('the last item of a batch', () => {
  it('whose cycle is replaced does not make it complete between the two cycles', async () => {
    const { pipeline, batchId, held, other } = await halfWay();
    for (let round = 0; round < 3; round += 1) await rerun(other, { mode: 'restart', replace: true });
    await untilStanding(batchId, 1, 1);
    expect(await contextsOf(project, pipeline)).toEqual([]);
    await annotates1(bob, pipeline, other);

    const [context] = await untilFired(project, pipeline);
    expect(idsOf(context?.data.items)).toEqual([held, other].sort());
  });

  it('that failed and is run again before it fires is waited for again', async () => {
    const pipeline = await project.pipeline(withBroken());
    const [broken, one, two] = (await batchOf(project, pipeline, 3, undefined, [{ broken: true }])) as [
      TaskView,
      TaskView,
      TaskView,
    ];
    await untilStanding(one.batchId, 2, 0);
    await annotates1(ann, pipeline, one.id);
    // Mended: the next version sends nothing there.
    const definition = await admin.get<{ definition: ReturnType<typeof withBroken> }>(`/pipelines/${pipeline}`);
    const { nodes, ...rest } = definition.body.definition;
    const mended = nodes.map((node) =>
      node.key === 'which' ? { ...node, branches: [{ outcome: 'broken', when: 'false' }] } : node,
    );
    expectStatus(await admin.put(`/pipelines/${pipeline}`, { ...rest, nodes: mended }), 200);
    await rerun(broken.id, { mode: 'restart' });
    await untilStanding(one.batchId, 2, 1);
    await annotates1(ann, pipeline, two.id);
    expect(await contextsOf(project, pipeline)).toEqual([]);
    await annotates1(ann, pipeline, broken.id);

    const [context] = await untilFired(project, pipeline);
    expect(context?.data.itemCount).toBe(3);
  });
});

describe('once it has fired', () => {
  const itemsAt = async (context: { data: { itemsUrl: string } } | undefined): Promise<string[]> =>
    idsOf(
      (await admin.get<{ items: { taskId: string }[] }>(String(context?.data.itemsUrl).replace('/v1', ''))).body.items,
    );

  it('an item that is reopened while its task goes on goes through, and nothing fires again', async () => {
    const { pipeline, held, other, finish } = await halfWay(gathered('task', { goesOn: true }));
    await finish();
    const [context] = await untilFired(project, pipeline);
    await until('the next step', () => claimNext(ann, pipeline, { nodes: ['more'], tasks: [held] }));
    expectStatus(await admin.post(`/node-instances/${held}.1.annotate.1/reopen`), 200);
    await annotates1(ann, pipeline, held, { label: 'second' });

    expect(
      await until('the next step', () => claimNext(ann, pipeline, { nodes: ['more'], tasks: [held] })),
    ).toMatchObject({ nodeInstanceId: `${held}.1.more.2` });
    expect(await contextsOf(project, pipeline)).toHaveLength(1);
    expect(await itemsAt(context)).toEqual([held, other].sort());
  });

  it.each(['reopen', 'restart'] as const)('an item of an ended task goes through after its %s', async (how) => {
    const { pipeline, held, other, finish } = await halfWay();
    await finish();
    const [context] = await untilFired(project, pipeline);
    await untilAllEnded(pipeline);
    if (how === 'restart') await rerun(held, { mode: 'restart' });
    else expectStatus(await admin.post(`/node-instances/${held}.1.annotate.1/reopen`), 200);
    await annotates1(ann, pipeline, held, { label: 'second' });

    await untilAllEnded(pipeline);
    expect((await tasksOf(project, pipeline)).find(({ id }) => id === held)).toMatchObject({ outcome: 'complete' });
    expect(await contextsOf(project, pipeline)).toHaveLength(1);
    expect(await itemsAt(context)).toEqual([held, other].sort());
  });

  it('an item that had left before, and is run again, is a share of its own', async () => {
    const { pipeline, batchId, held, other, finish } = await halfWay();
    await client.cancel(`cycle:${held}.1`);
    await untilStanding(batchId, 1, 0);
    await finish();
    await untilFired(project, pipeline);
    await rerun(held, { mode: 'restart' });
    await annotates1(ann, pipeline, held);

    const contexts = await untilFired(project, pipeline, 2);
    expect(contexts.map(({ data }) => idsOf(data.items)).sort()).toEqual([[held], [other]].sort());
    await untilAllEnded(pipeline);
  });
});

describe('a restart in a version', () => {
  const without = ({ nodes, ...rest }: ReturnType<typeof gathered>) => ({
    ...rest,
    nodes: nodes.filter(({ key }) => key !== 'all' && key !== 'merge'),
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', on: 'complete', to: 'done' },
    ],
  });

  it('without the checkpoint is not waited for', async () => {
    const definition = gathered('task');
    const { pipeline, held, other } = await halfWay(definition);
    expectStatus(await admin.put(`/pipelines/${pipeline}`, without(definition)), 200);
    await rerun(other, { mode: 'restart', replace: true });

    expect(idsOf((await untilFired(project, pipeline))[0]?.data.items)).toEqual([held]);
  });

  it('that has one is held there, and let go', async () => {
    const definition = gathered('task');
    const pipeline = await project.pipeline(without(definition));
    const [item] = (await batchOf(project, pipeline, 1)) as [TaskView];
    expectStatus(await admin.put(`/pipelines/${pipeline}`, definition), 200);
    await rerun(item.id, { mode: 'restart', replace: true });
    await annotates(ann, pipeline);

    expect(idsOf((await untilFired(project, pipeline))[0]?.data.items)).toEqual([item.id]);
    await untilAllEnded(pipeline);
  });
});

it('a migration takes held items along, and they are gathered all the same', async () => {
  const definition = gathered('task', { goesOn: true });
  const { pipeline, held, other, finish } = await halfWay(definition);
  const { nodes, edges, ...rest } = definition;
  const last = { key: 'last', kind: 'labeling', form: { type: 'object' } };
  const longer = edges.map((edge) => (edge.from === 'more' ? { from: 'more', to: 'last' } : edge));
  const next = { ...rest, nodes: [...nodes, last], edges: [...longer, { from: 'last', to: 'done' }] };
  expectStatus(await admin.put(`/pipelines/${pipeline}`, next), 200);
  expectStatus(await admin.post(`/pipelines/${pipeline}/migrate`, {}), 201);
  await until('both to have moved', async () => {
    const text = `select count(distinct v.version)::int as n, max(v.version) as v from cycles c join pipeline_versions v on v.id = c.version_id where c.task_id = any ($1)`;
    const { rows } = await pool.query<{ n: number; v: number }>(text, [[held, other]]);
    return rows[0]?.n === 1 && rows[0].v === 2;
  });
  await finish();

  expect(idsOf((await untilFired(project, pipeline))[0]?.data.items)).toEqual([held, other].sort());
  for (const node of ['more', 'last']) {
    const item = await until(node, () => claimNext(ann, pipeline, { nodes: [node], tasks: [held] }));
    expectStatus(await ann.post(`/node-instances/${item.nodeInstanceId}/submit`, { values: {} }), 200);
  }
});
