// Pausing a single task, with the rework it is in; programs held by a pause; and a resume that outlives its worker.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { expectBetween, moment } from '../support/moments.js';
import type { Person, TestProject, WorkItem } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { label, quick } from '../support/programs.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let manager: Person;
let annotator: Person;
let other: Person;
let reviewer: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [manager, annotator, other, reviewer] = await Promise.all([
    project.person('team_manager'),
    project.person('annotator'),
    project.person('annotator'),
    project.person('reviewer'),
  ]);
});

const turn = async (path: string, body: object = {}): Promise<Record<string, unknown>> => {
  const reply = await manager.post(path, body);
  expectStatus(reply, 200);
  return reply.body;
};
const taskOf = async (id: string): Promise<Record<string, unknown>> => (await manager.get(`/tasks/${id}`)).body;
const typesOf = async (id: string): Promise<string[]> =>
  (await manager.get<{ items: { type: string }[] }>(`/tasks/${id}/timeline?limit=500`)).body.items.map(
    ({ type }) => type,
  );

describe('a paused task', () => {
  it('is not claimed, but what is held of it is handed in; others go on', async () => {
    const pipeline = await project.pipeline(reviewed());
    const [taskId, free] = [await project.task(pipeline), await project.task(pipeline)];
    const item = await claimNext(annotator, pipeline, { tasks: [taskId] });

    expect(await turn(`/tasks/${taskId}/pause`)).toMatchObject({ taskId, status: 'paused' });
    expect(await turn(`/tasks/${taskId}/pause`)).toMatchObject({ taskId, status: 'paused' });

    expect(await taskOf(taskId)).toMatchObject({ status: 'paused' });
    const list = await manager.get<{ items: { id: string }[] }>(`/pipelines/${pipeline}/tasks?status=paused`);
    expect(list.body.items.map(({ id }) => id)).toEqual([taskId]);
    const path = `/node-instances/${String(item?.nodeInstanceId)}`;
    expectStatus(await annotator.post(`${path}/submit`, { values: { label: 'a' } }), 200);
    expect(await reviewer.post(`/node-instances/${taskId}.1.qa.1/claim`)).toMatchObject({
      status: 409,
      body: { code: 'TASK_PAUSED' },
    });
    expect(await claimNext(reviewer, pipeline)).toBeUndefined();
    await label1(annotator, pipeline, free);
    await judge(reviewer, pipeline, free, 'approve');

    expect(await turn(`/tasks/${taskId}/resume`)).toMatchObject({ taskId, status: 'in_progress' });
    await judge(reviewer, pipeline, taskId, 'approve');
    expect((await taskOf(taskId))['status']).toBe('finished');
    expect((await typesOf(taskId)).filter((type) => type === 'paused' || type === 'resumed')).toEqual([
      'paused',
      'resumed',
    ]);
    expect(await manager.post(`/tasks/${taskId}/pause`)).toMatchObject({ status: 409, body: { code: 'NODE_CLOSED' } });
  });

  it('pauses its rework with it: what is kept for the author stays kept as long', async () => {
    const pipeline = await project.pipeline(reviewed({ retain: 'PT3S' }));
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'reject');
    await turn(`/tasks/${taskId}/pause`);

    const rework = `/node-instances/${taskId}.1.annotate.2/claim`;
    // The answer to the pause came after the child was told.
    expect((await annotator.post(rework)).body).toMatchObject({ code: 'TASK_PAUSED' });
    // Longer than it was kept for.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await turn(`/tasks/${taskId}/resume`);
    await until('the child to go on', async () => {
      const { body } = await other.post<{ code: string }>(rework);
      return body.code === 'TASK_PAUSED' ? undefined : body.code === 'FOREIGN_RESERVATION';
    });
    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'approve');
    await until('the cycle to hear of it', async () => (await taskOf(taskId))['status'] === 'finished');
  });

  it('within a paused pipeline counts that time once, and stays paused when the pipeline goes on', async () => {
    const pipeline = await project.pipeline(reviewed({ lease: 'PT20S' }));
    const taskId = await project.task(pipeline);
    const worker = await project.person('annotator');
    await claimNext(worker, pipeline);
    const lease = async (): Promise<number> => {
      const { body } = await worker.get<{ items: WorkItem[] }>('/me/work');
      return Date.parse(String(body.items[0]?.leaseUntil));
    };
    const before = await lease();
    const paused = await moment(() => turn(`/tasks/${taskId}/pause`));
    await turn(`/pipelines/${pipeline}/pause`);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    let shown = 0;
    const looked = await moment(async () => (shown = await lease()));
    expectBetween(shown - before, paused, looked);
    await turn(`/pipelines/${pipeline}/resume`);
    expect(await taskOf(taskId)).toMatchObject({ status: 'paused' });
    const resumed = await moment(() => turn(`/tasks/${taskId}/resume`));

    expectBetween((await lease()) - before, paused, resumed);
    expect(await taskOf(taskId)).toMatchObject({ status: 'in_progress' });
  });
});

describe('a pipeline that is paused', () => {
  it('takes tasks in, which wait like the others', async () => {
    const check = { key: 'check', kind: 'code', function: 'most-common', ...quick };
    const pipeline = await project.pipeline({
      name: `code ${randomUUID()}`,
      nodes: [{ key: 'start', kind: 'start' }, check, { key: 'done', kind: 'end' }],
      edges: [
        { from: 'start', to: 'check' },
        { from: 'check', to: 'done' },
      ],
    });
    await turn(`/pipelines/${pipeline}/pause`);
    const taskId = await project.task(pipeline);

    expect(await taskOf(taskId)).toMatchObject({ status: 'paused', nodes: ['check'] });
    await turn(`/pipelines/${pipeline}/resume`);
    await until('the end of the task', async () => (await taskOf(taskId))['status'] === 'finished');
  });

  it('wakes a rework that began meanwhile, and its cycle', async () => {
    const pipeline = await project.pipeline(reviewed({ retain: 'PT1S' }));
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    const review = await claimNext(reviewer, pipeline);
    await turn(`/pipelines/${pipeline}/pause`);
    const path = `/node-instances/${String(review?.nodeInstanceId)}/reject`;
    expectStatus(await reviewer.post(path, { comment: 'again' }), 200);
    expect(await taskOf(taskId)).toMatchObject({ status: 'paused', nodes: ['annotate'] });

    await turn(`/pipelines/${pipeline}/resume`);
    const resumed = await until('the resume', async () => {
      const { resume } = (
        await manager.get<{ resume: { toWake: number; woken: number } | null }>(`/pipelines/${pipeline}`)
      ).body;
      return resume?.toWake === resume?.woken && resume ? resume : undefined;
    });
    expect(resumed).toEqual({ toWake: 2, woken: 2 });
    // Its reservation ends by a timer that nobody had set before.
    await until('the rework to be free', async () => (await claimNext(other, pipeline)) !== undefined);
  });
});

describe('programs', () => {
  it('are not started while their pipeline is paused, and are when it goes on', async () => {
    const { nodes, edges, ...rest } = reviewed();
    const check = { key: 'check', kind: 'code', function: 'most-common', ...quick };
    const pipeline = await project.pipeline({
      ...rest,
      nodes: [...nodes.filter(({ key }) => key !== 'qa'), check],
      edges: [
        { from: 'start', to: 'annotate' },
        { from: 'annotate', on: 'complete', to: 'check' },
        { from: 'check', to: 'done' },
      ],
    });
    expect(edges).toHaveLength(3);
    const taskId = await project.task(pipeline);
    const item = await claimNext(annotator, pipeline);
    await turn(`/pipelines/${pipeline}/pause`);
    const path = `/node-instances/${String(item?.nodeInstanceId)}`;
    expectStatus(await annotator.post(`${path}/submit`, { values: { label: 'a' } }), 200);

    expect(await taskOf(taskId)).toMatchObject({ status: 'paused', nodes: ['check'] });
    const runs = async () =>
      (await manager.get<{ items: unknown[] }>(`/tasks/${taskId}/executions?by=programs`)).body.items;
    expect(await runs()).toEqual([]);
    await turn(`/pipelines/${pipeline}/resume`);
    await until('the end of the task', async () => (await taskOf(taskId))['status'] === 'finished');
    expect(await runs()).toHaveLength(1);
  });

  it('that are at work when it is paused are heard, and the next is not started', async () => {
    // Down the first time: it is tried again when the pipeline is paused already.
    const model = {
      model: 'stumbling',
      prompt: `What is it? ${randomUUID()}`,
      retry: { attempts: 3, initial: 'PT1S' },
    };
    const slow = { key: 'slow', kind: 'llm', form: label, model };
    const check = { key: 'check', kind: 'code', function: 'most-common', ...quick };
    const pipeline = await project.pipeline({
      name: `slow ${randomUUID()}`,
      nodes: [{ key: 'start', kind: 'start' }, slow, check, { key: 'done', kind: 'end' }],
      edges: [
        { from: 'start', to: 'slow' },
        { from: 'slow', on: 'complete', to: 'check' },
        { from: 'check', to: 'done' },
      ],
    });
    const taskId = await project.task(pipeline, { data: { text: 'a' } });
    await turn(`/pipelines/${pipeline}/pause`);
    await until('the model to be heard', async () => String((await taskOf(taskId))['nodes']) === 'check');

    expect(await taskOf(taskId)).toMatchObject({ status: 'paused' });
    await turn(`/pipelines/${pipeline}/resume`);
    await until('the end of the task', async () => (await taskOf(taskId))['status'] === 'finished');
  });
});
