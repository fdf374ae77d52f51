// What a task's screens and exports show is its present cycle; earlier cycles and what was overtaken are history.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let ann: Person;
let rita: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [ann, rita] = await Promise.all([project.person('annotator'), project.person('reviewer')]);
});

interface Node {
  node: string;
  status: string;
  instances: { id: string; cycleId: string }[];
}
const nodesOf = async (taskId: string): Promise<Node[]> =>
  (await project.admin.get<{ items: Node[] }>(`/tasks/${taskId}/nodes`)).body.items;
const statusesOf = async (taskId: string): Promise<Record<string, string>> =>
  Object.fromEntries((await nodesOf(taskId)).map(({ node, status }) => [node, status]));

interface Line {
  id: string;
  results: Record<string, { status: string; outcome: string | null; values: unknown; verdicts?: unknown[] }>;
}
async function resultsOf(pipeline: string, taskId: string): Promise<Line['results']> {
  const reply = await fetch(`${apiUrl}/v1/exports?pipelineId=${pipeline}`, {
    headers: { authorization: `Bearer ${project.admin.key}` },
  });
  const lines = (await reply.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return lines.find(({ id }) => id === taskId)?.results ?? {};
}

async function rerun(taskId: string, body: object): Promise<void> {
  expectStatus(await project.admin.post(`/tasks/${taskId}/rerun`, body), 200);
  await until('the next cycle to wait for somebody', async () =>
    (await nodesOf(taskId)).some(({ status }) => status === 'available'),
  );
}

const atNode = async (taskId: string, node: string): Promise<unknown> => {
  const { batchId } = (await project.admin.get<{ batchId: string }>(`/tasks/${taskId}`)).body;
  const { items } = (
    await project.admin.get<{ items: { id: string; atNode: unknown }[] }>(
      `/projects/${project.id}/batches?node=${node}&limit=100`,
    )
  ).body;
  return items.find(({ id }) => id === batchId)?.atNode;
};

async function done(): Promise<{ pipeline: string; taskId: string }> {
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  await label1(ann, pipeline, taskId, 'first');
  await judge(rita, pipeline, taskId, 'approve');
  return { pipeline, taskId };
}

describe('After a restart', () => {
  it('what was not come to again is pending, and no result', async () => {
    const { pipeline, taskId } = await done();

    await rerun(taskId, { mode: 'restart' });

    expect(await statusesOf(taskId)).toMatchObject({ annotate: 'available', qa: 'pending', done: 'pending' });
    const results = await resultsOf(pipeline, taskId);
    expect(Object.keys(results)).toEqual(['annotate']);
    expect(results['annotate']).toMatchObject({ status: 'available', values: null });
    expect(await atNode(taskId, 'annotate')).toEqual({ available: 1 });
    expect(await atNode(taskId, 'qa')).toEqual({});
  });

  it('earlier visits are listed with their cycle', async () => {
    const { taskId } = await done();

    await rerun(taskId, { mode: 'restart' });

    const annotate = (await nodesOf(taskId)).find(({ node }) => node === 'annotate');
    expect(annotate?.instances.map(({ cycleId }) => cycleId)).toEqual([`${taskId}.1`, `${taskId}.2`]);
  });

  it('midway, a review judges the work of its own cycle', async () => {
    const { pipeline, taskId } = await done();
    await rerun(taskId, { mode: 'restart' });
    await label1(ann, pipeline, taskId, 'second');

    expect(await claimNext(rita, pipeline, { tasks: [taskId] })).toMatchObject({
      reviewed: { values: { label: 'second' } },
    });
    expect(await statusesOf(taskId)).toMatchObject({ annotate: 'submitted', qa: 'claimed', done: 'pending' });
    expect(await resultsOf(pipeline, taskId)).toMatchObject({ annotate: { values: { label: 'second' } } });
  });
});

it('A resumed cycle counts what it carried over as its own', async () => {
  const { pipeline, taskId } = await done();

  await rerun(taskId, { mode: 'resume', node: 'qa' });

  expect(await statusesOf(taskId)).toMatchObject({ annotate: 'finished', qa: 'available', done: 'pending' });
  const results = await resultsOf(pipeline, taskId);
  expect(results['annotate']).toMatchObject({ status: 'finished', outcome: 'complete', values: { label: 'first' } });
  expect(results['qa']).toMatchObject({ status: 'available' });
  expect(results['qa']).not.toHaveProperty('verdicts');
  expect(await atNode(taskId, 'annotate')).toEqual({ finished: 1 });
  expect(await claimNext(rita, pipeline, { tasks: [taskId] })).toMatchObject({
    reviewed: { values: { label: 'first' } },
  });
});

/** annotate decides which of two ways is taken; the other one is passed over. */
const forked = () => ({
  name: `forked ${randomUUID()}`,
  nodes: [
    { key: 'start', kind: 'start' },
    { key: 'annotate', kind: 'labeling', form: {}, actions: ['complete', 'unclear'] },
    { key: 'expert', kind: 'labeling', form: {}, shows: { results: ['annotate'] } },
    { key: 'check', kind: 'labeling', form: {} },
    { key: 'last', kind: 'labeling', form: {}, shows: { results: ['expert', 'check'] } },
    { key: 'done', kind: 'end' },
  ],
  edges: [
    { from: 'start', to: 'annotate' },
    { from: 'annotate', on: 'unclear', to: 'expert' },
    { from: 'annotate', on: 'complete', to: 'check' },
    { from: 'expert', to: 'last' },
    { from: 'check', to: 'last' },
    { from: 'last', to: 'done' },
  ],
});

async function submits(pipeline: string, taskId: string, node: string, body: object): Promise<string> {
  const item = await claimNext(ann, pipeline, { tasks: [taskId], nodes: [node] });
  expectStatus(await ann.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, body), 200);
  return String(item?.nodeInstanceId);
}

it('A node that the present cycle passes over has no values of an earlier one', async () => {
  const pipeline = await project.pipeline(forked());
  const taskId = await project.task(pipeline);
  await submits(pipeline, taskId, 'annotate', { action: 'unclear', values: {} });
  await submits(pipeline, taskId, 'expert', { values: { label: 'abandoned' } });
  await rerun(taskId, { mode: 'restart', replace: true });
  await submits(pipeline, taskId, 'annotate', { values: {} });
  await submits(pipeline, taskId, 'check', { values: { label: 'new' } });

  const results = await resultsOf(pipeline, taskId);
  expect(results['expert']).toMatchObject({ status: 'na', values: null });
  expect(results['check']).toMatchObject({ values: { label: 'new' } });
  expect(JSON.stringify(results)).not.toContain('abandoned');
  expect(await claimNext(ann, pipeline, { tasks: [taskId] })).toMatchObject({
    results: { expert: null, check: { values: { label: 'new' } } },
  });
});

it('A branch that a reopen has superseded is no result', async () => {
  const pipeline = await project.pipeline(forked());
  const taskId = await project.task(pipeline);
  const first = await submits(pipeline, taskId, 'annotate', { action: 'unclear', values: {} });
  await submits(pipeline, taskId, 'expert', { values: { label: 'superseded' } });
  expectStatus(await project.admin.post(`/node-instances/${first}/reopen`, { action: 'complete', values: {} }), 200);

  const results = await resultsOf(pipeline, taskId);
  expect(results['check']).toMatchObject({ status: 'available', values: null });
  expect(JSON.stringify(results)).not.toContain('"label":"superseded"');
  expect((await statusesOf(taskId))['expert']).not.toBe('finished');
});

it('Lists of a task are paged, and refuse what they do not know', async () => {
  const { taskId } = await done();
  await rerun(taskId, { mode: 'restart' });

  const first = await project.admin.get<{ items: { number: number }[]; nextPageToken: string }>(
    `/tasks/${taskId}/cycles?limit=1`,
  );
  expect(first.body.items).toMatchObject([{ number: 1 }]);
  const second = await project.admin.get(`/tasks/${taskId}/cycles?limit=1&pageToken=${first.body.nextPageToken}`);
  expect(second.body).toMatchObject({ items: [{ number: 2 }], nextPageToken: null });
  for (const path of [
    `/tasks/${taskId}/cycles`,
    `/tasks/${taskId}/executions`,
    `/tasks/${taskId}/timeline`,
    `/tasks/${taskId}/threads`,
    '/me/work',
    `/projects/${project.id}/batches`,
    `/projects/${project.id}/members`,
    `/projects/${project.id}/pipelines`,
  ]) {
    expect([path, (await project.admin.get(`${path}?nonsense=1`)).body]).toMatchObject([
      path,
      { code: 'INVALID_REQUEST', status: 422, problems: [{ pointer: '/nonsense' }] },
    ]);
  }
});
