// A pause beside what goes on by itself: checkpoints that fire, rework that reports, migrations and reruns. Nothing is started
// meanwhile, and everything goes on after.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { annotates, batchOf, gathered, tasksOf, untilFired } from '../support/checkpoints.js';
import { migrations } from '../support/migrations.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { quick } from '../support/programs.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let admin: Person;
let ann: Person;
let rita: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  admin = project.admin;
  [ann, rita] = [await project.person('annotator'), await project.person('reviewer')];
});

const turn = async (path: string, body: object = {}): Promise<void> => {
  expectStatus(await admin.post(path, body), 200);
};
const taskOf = async (id: string) =>
  (await admin.get<{ status: string; outcome: string | null; nodes: string[]; cycleId: string }>(`/tasks/${id}`)).body;
const runsOf = async (id: string): Promise<number> =>
  (await admin.get<{ items: object[] }>(`/tasks/${id}/executions?by=programs`)).body.items.length;
const isAt = (id: string, node: string) =>
  until(`${id} to be at ${node}`, async () => (await taskOf(id)).nodes.join() === node);
const hasEnded = (id: string) => until(`${id} to end`, async () => (await taskOf(id)).outcome === 'complete', 30_000);

const check = { key: 'check', kind: 'code', function: 'most-common', ...quick };

/** Reviewed, then looked at by code. */
const checked = () => {
  const { nodes, edges, ...rest } = reviewed();
  return {
    ...rest,
    nodes: [...nodes, check],
    edges: [
      ...edges.filter(({ from }) => from !== 'qa'),
      { from: 'qa', on: 'approve', to: 'check' },
      { from: 'check', to: 'done' },
    ],
  };
};

describe('a checkpoint that fires while its pipeline is paused', () => {
  /** What goes on once it has fired is code. */
  const goesOnByCode = () => {
    const { nodes, ...rest } = gathered('task', { goesOn: true });
    return { ...rest, nodes: nodes.map((node) => (node.key === 'more' ? { ...check, key: 'more' } : node)) };
  };

  it('starts its cycle for nobody yet, and nothing of what it lets go', async () => {
    const pipeline = await project.pipeline(goesOnByCode());
    const items = await batchOf(project, pipeline, 2);
    // This one is held, and hears of no pause.
    await annotates(ann, pipeline, 1);
    const last = await claimNext(ann, pipeline, { nodes: ['annotate'] });
    await turn(`/pipelines/${pipeline}/pause`);
    expectStatus(await ann.post(`/node-instances/${String(last?.nodeInstanceId)}/submit`, { values: {} }), 200);

    const [context] = await untilFired(project, pipeline);
    for (const { id } of items) await isAt(id, 'more');
    expect((await tasksOf(project, pipeline)).map(({ status }) => status)).toEqual(['paused', 'paused', 'paused']);
    for (const { id } of items) expect(await runsOf(id)).toBe(0);
    expect(await ann.post(`/node-instances/${String(context?.id)}.1.merge.1/claim`)).toMatchObject({
      body: { code: 'PIPELINE_PAUSED' },
    });

    await turn(`/pipelines/${pipeline}/resume`);
    for (const { id } of items) await hasEnded(id);
    for (const { id } of items) expect(await runsOf(id)).toBe(1);
    expect(await claimNext(ann, pipeline)).toMatchObject({ node: 'merge', taskId: context?.id });
  });

  it('waits, where the pause is a hard one, for what was not taken in', async () => {
    const pipeline = await project.pipeline(gathered('task'));
    await batchOf(project, pipeline, 1);
    const item = await claimNext(ann, pipeline, { nodes: ['annotate'] });
    const submit = () => ann.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, { values: {} });
    await turn(`/pipelines/${pipeline}/pause`, { mode: 'hard' });
    expect((await submit()).body).toMatchObject({ code: 'PIPELINE_PAUSED' });
    await turn(`/pipelines/${pipeline}/resume`);
    expect(await tasksOf(project, pipeline)).toHaveLength(1);
    expectStatus(await submit(), 200);

    await untilFired(project, pipeline);
  });
});

it.each(['pipeline', 'task'] as const)(
  'a rework that ends while its %s is paused starts nothing until the resume',
  async (what) => {
    const pipeline = await project.pipeline(checked());
    const taskId = await project.task(pipeline);
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'reject');
    await label1(ann, pipeline, taskId);
    const review = await claimNext(rita, pipeline);
    const path = { pipeline: `/pipelines/${pipeline}`, task: `/tasks/${taskId}` }[what];
    await turn(`${path}/pause`);
    expectStatus(await rita.post(`/node-instances/${String(review?.nodeInstanceId)}/approve`), 200);

    await isAt(taskId, 'check');
    expect([await taskOf(taskId), await runsOf(taskId)]).toMatchObject([{ status: 'paused' }, 0]);
    await turn(`${path}/resume`);
    await hasEnded(taskId);
    expect(await runsOf(taskId)).toBe(1);
  },
);

describe('a migration while the pipeline is paused', () => {
  it('moves its tasks, and gives free work to a program once the pause is over', async () => {
    const definition = reviewed();
    const pipeline = await project.pipeline(definition);
    const taskId = await project.task(pipeline);
    await turn(`/pipelines/${pipeline}/pause`);
    const model = { as: 'worker', model: 'good', prompt: 'What is it? {{ data.text }}' };
    const nodes = definition.nodes.map((node) => (node.key === 'annotate' ? { ...node, settings: { model } } : node));
    expectStatus(await admin.put(`/pipelines/${pipeline}`, { ...definition, nodes }), 200);
    const begun = await admin.post<{ id: string }>(`/pipelines/${pipeline}/migrate`, {});
    expectStatus(begun, 201);

    expect((await migrations.finished(admin, begun.body.id)).counts).toMatchObject({ moved: 1 });
    expect([await taskOf(taskId), await runsOf(taskId)]).toMatchObject([{ status: 'paused', nodes: ['annotate'] }, 0]);
    await turn(`/pipelines/${pipeline}/resume`);
    await isAt(taskId, 'qa');
    expect(await runsOf(taskId)).toBe(1);
  });

  it('takes a paused task along, which stays paused', async () => {
    const definition = reviewed();
    const pipeline = await project.pipeline(definition);
    const taskId = await project.task(pipeline);
    await turn(`/tasks/${taskId}/pause`);
    expectStatus(await admin.put(`/pipelines/${pipeline}`, migrations.polished(definition, false)), 200);
    const begun = await admin.post<{ id: string }>(`/pipelines/${pipeline}/migrate`, {});
    expect((await migrations.finished(admin, begun.body.id)).counts).toMatchObject({ moved: 1 });

    expect(await taskOf(taskId)).toMatchObject({ status: 'paused' });
    expect(await ann.post(`/node-instances/${taskId}.1.annotate.1/claim`)).toMatchObject({
      body: { code: 'TASK_PAUSED' },
    });
    await turn(`/tasks/${taskId}/resume`);
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'approve');
    await isAt(taskId, 'polish');
  });
});

describe('a rerun while the pipeline is paused', () => {
  it('replaces the cycle, and the next one stands still with the others until the resume', async () => {
    const pipeline = await project.pipeline(checked());
    const taskId = await project.task(pipeline);
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'approve');
    await hasEnded(taskId);
    await turn(`/pipelines/${pipeline}/pause`);

    expectStatus(await admin.post(`/tasks/${taskId}/rerun`, { mode: 'resume', node: 'check' }), 200);
    expect(await taskOf(taskId)).toMatchObject({ status: 'paused', nodes: ['check'], cycleId: `${taskId}.2` });
    expectStatus(await admin.post(`/tasks/${taskId}/rerun`, { mode: 'resume', node: 'annotate', replace: true }), 200);
    expect(await taskOf(taskId)).toMatchObject({ status: 'paused', nodes: ['annotate'], cycleId: `${taskId}.3` });
    expect(await ann.post(`/node-instances/${taskId}.3.annotate.2/claim`)).toMatchObject({
      body: { code: 'PIPELINE_PAUSED' },
    });
    expect(await runsOf(taskId)).toBe(1);

    await turn(`/pipelines/${pipeline}/resume`);
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'approve');
    await hasEnded(taskId);
    expect(await runsOf(taskId)).toBe(2);
  });

  it('of a task that is paused itself opens a cycle that is not, as a new one would be', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await turn(`/tasks/${taskId}/pause`);

    expectStatus(await admin.post(`/tasks/${taskId}/rerun`, { mode: 'restart', replace: true }), 200);
    expect(await taskOf(taskId)).toMatchObject({ status: 'pending' });
    await label1(ann, pipeline, taskId);
  });
});

it('a reopen is taken by a drain and claimed after it; what it overtakes ends only once it is done again', async () => {
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  const done = await label1(ann, pipeline, taskId);
  const review = await claimNext(rita, pipeline);
  await turn(`/pipelines/${pipeline}/pause`);
  const reopened = await ann.post<{ nodeInstanceId: string }>(`/node-instances/${done}/reopen`);
  expectStatus(reopened, 200);
  const again = `/node-instances/${reopened.body.nodeInstanceId}`;

  expect((await ann.post(`${again}/claim`)).body).toMatchObject({ code: 'PIPELINE_PAUSED' });
  // The reviewer holds work that is about to be replaced: a verdict on it is still the reviewer's to give.
  const mine = await rita.get<{ items: { nodeInstanceId: string }[] }>('/me/work');
  expect(mine.body.items.map(({ nodeInstanceId }) => nodeInstanceId)).toContain(review?.nodeInstanceId);
  await turn(`/pipelines/${pipeline}/resume`);
  expectStatus(await ann.post(`${again}/claim`), 200);
  expectStatus(await ann.post(`${again}/submit`, { values: { label: 'better' } }), 200);

  expect((await rita.post(`/node-instances/${String(review?.nodeInstanceId)}/approve`)).body).toMatchObject({
    code: 'NODE_CLOSED',
  });
  await judge(rita, pipeline, taskId, 'approve');
  await hasEnded(taskId);
});
