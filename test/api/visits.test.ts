// Visits of people's nodes as executions: who sees what of them, by node and by task, one in full, and run again.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Caller } from '../support/http.js';
import type { Person, TestProject } from '../support/project.js';
import {
  adjudicated,
  claimNext,
  expectStatus,
  judge,
  label1,
  newProject,
  reviewed,
  vote1,
} from '../support/project.js';
import { only } from '../support/programs.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
let project: TestProject;
let annotator: Person;
let other: Person;
let reviewer: Person;

interface Execution extends Record<string, unknown> {
  id: string;
  status: string;
}
interface Listed {
  items: Execution[];
  nextPageToken: string | null;
}

const atNode = async (who: Caller, pipeline: string, node: string, query = ''): Promise<Listed> => {
  const reply = await who.get<Listed>(`/nodes/${pipeline}.${node}/executions${query}`);
  expectStatus(reply, 200);
  return reply.body;
};
const ofTask = async (who: Caller, task: string, query = ''): Promise<Execution[]> =>
  (await who.get<Listed>(`/tasks/${task}/executions${query}`)).body.items;
const inFull = async (who: Caller, id: string): Promise<Execution> =>
  (await who.get<Execution>(`/executions/${id}`)).body;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, other, reviewer] = [
    await project.person('annotator'),
    await project.person('annotator'),
    await project.person('reviewer'),
  ];
});

describe('a visit of a labeling or review node', () => {
  it('is an execution from when it waits until it is over', async () => {
    const pipeline = await project.pipeline(reviewed());
    const task = await project.task(pipeline, { data: { text: 'hello' }, dataTitle: 'greeting' });
    const list = async (): Promise<Execution[]> => (await atNode(project.admin, pipeline, 'annotate')).items;

    expect(await list()).toMatchObject([{ status: 'waiting', actor: null, startedAt: null, endedAt: null }]);
    const item = await claimNext(annotator, pipeline);
    expect(await list()).toMatchObject([{ status: 'running', actor: annotator.id, output: null }]);
    const answer = { values: { label: 'dog' } };
    expectStatus(await annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, answer), 200);
    await judge(reviewer, pipeline, task, 'approve');

    expect(await list()).toMatchObject([
      {
        id: `${task}.1.annotate.1`,
        kind: 'labeling',
        status: 'succeeded',
        actor: annotator.id,
        outcome: 'complete',
        input: { dataTitle: 'greeting', dataHash: expect.any(String) as string },
        output: { outcome: 'complete', submissionId: expect.any(String) as string },
        startedAt: expect.any(String) as string,
        endedAt: expect.any(String) as string,
      },
    ]);
    expect(await ofTask(project.admin, task, '?by=people')).toMatchObject([
      { node: 'annotate' },
      { node: 'qa', outcome: 'approve', output: { verdict: 'pass' } },
      { node: 'done', kind: 'end' },
    ]);
    expect(await ofTask(project.admin, task, '?by=programs')).toEqual([]);
    expect(await project.admin.get(`/tasks/${task}/executions?by=nobody`)).toMatchObject({ status: 422 });
  });

  it('in full has what it was given then, and what came of it', async () => {
    const pipeline = await project.pipeline(reviewed());
    const task = await project.task(pipeline);
    await label1(annotator, pipeline, task, 'cat');
    await judge(reviewer, pipeline, task, 'reject');
    await label1(annotator, pipeline, task, 'dog');
    await judge(reviewer, pipeline, task, 'approve');

    expect(await inFull(project.admin, `${task}.1.qa.1`)).toMatchObject({
      input: { task: { data: { text: 'hello' } }, reviewed: { values: { label: 'cat' }, performer: annotator.id } },
      output: { verdict: 'fail', review: { comment: 'seen' } },
    });
    expect(await inFull(annotator, `${task}.1.annotate.2`)).toMatchObject({
      input: { task: { data: { text: 'hello' } }, before: { values: { label: 'cat' } } },
      output: { outcome: 'complete', submission: { values: { label: 'dog' } } },
    });
  });

  it('shows others neither its values nor who it was', async () => {
    const pipeline = await project.pipeline(reviewed());
    const task = await project.task(pipeline, { data: { text: 'hello' }, gold: { label: 'golden' } });
    await label1(annotator, pipeline, task, 'secret');
    const id = `${task}.1.annotate.1`;

    for (const seen of [await inFull(other, id), ...(await atNode(other, pipeline, 'annotate')).items]) {
      expect(seen).toMatchObject({ id, actor: null, outcome: null, output: null });
      expect(JSON.stringify(seen)).not.toMatch(new RegExp(`secret|golden|${annotator.id}`));
    }
    const judged = await inFull(reviewer, id);
    expect(judged).toMatchObject({ output: { submission: { values: { label: 'secret' } } } });
    expect(JSON.stringify(judged)).not.toMatch(new RegExp(`golden|${annotator.id}`));
    const stranger = await newProject(apiUrl, operatorKey);
    expect(await stranger.admin.get(`/executions/${id}`)).toMatchObject({ status: 404 });
    expect(await stranger.admin.get(`/nodes/${pipeline}.annotate/executions`)).toMatchObject({ status: 404 });
  });

  it('is found by its status, page by page, each one once', async () => {
    const pipeline = await project.pipeline(reviewed());
    const tasks: string[] = [];
    for (let count = 0; count < 5; count += 1) tasks.push(await project.task(pipeline));
    for (const task of tasks.slice(0, 2)) await label1(annotator, pipeline, task);
    for (const task of tasks.slice(0, 2)) await judge(reviewer, pipeline, task, 'approve');
    await claimNext(annotator, pipeline);
    const all: string[] = [];
    for (let query: string | null = '?limit=2'; query !== null;) {
      const page: Listed = await atNode(project.admin, pipeline, 'annotate', query);
      all.push(...page.items.map(({ id }) => id));
      query = page.nextPageToken && `?limit=2&pageToken=${page.nextPageToken}`;
    }

    expect(all.sort()).toEqual(tasks.map((task) => `${task}.1.annotate.1`).sort());
    const counts: Record<string, number> = {};
    for (const status of ['waiting', 'running', 'succeeded', 'failed']) {
      const { items } = await atNode(project.admin, pipeline, 'annotate', `?status=${status}`);
      expect(items.every((item) => item.status === status)).toBe(true);
      counts[status] = items.length;
    }
    expect(counts).toEqual({ waiting: 2, running: 1, succeeded: 2, failed: 0 });
  });

  it('that its cycle cut off has failed, and can be run again from there', async () => {
    const pipeline = await project.pipeline(reviewed());
    const task = await project.task(pipeline);
    const claimed = await claimNext(annotator, pipeline, { tasks: [task] });
    const ask = (more: object) =>
      project.admin.post<{ items: object[] }>('/executions/rerun', { executions: [claimed?.nodeInstanceId], ...more });

    expect((await ask({ mode: 'resume' })).body.items).toMatchObject([{ taskId: task, code: 'CYCLE_OPEN' }]);
    expect((await ask({ mode: 'restart', replace: true })).body.items).toMatchObject([{ cycleId: `${task}.2` }]);

    const open = await until('the next cycle', async () => {
      const items = await ofTask(project.admin, task);
      return items.length === 2 ? items : undefined;
    });
    expect(open).toMatchObject([
      { id: claimed?.nodeInstanceId, status: 'failed', code: 'SUPERSEDED' },
      { id: `${task}.2.annotate.1`, status: 'waiting' },
    ]);
  });

  it('that is done is run again from its node, and each task once', async () => {
    const pipeline = await project.pipeline(reviewed());
    const task = await project.task(pipeline);
    const label = await label1(annotator, pipeline, task);
    const review = await judge(reviewer, pipeline, task, 'approve');
    const ended = async (): Promise<boolean> =>
      (await project.admin.get(`/tasks/${task}`)).body['status'] === 'finished';
    await until('the end', ended);
    const reply = await project.admin.post<{ items: object[] }>('/executions/rerun', {
      executions: [review, label],
      mode: 'resume',
    });

    expect(reply.body.items).toMatchObject([{ execution: label, taskId: task, cycleId: `${task}.2` }]);
    await until('the work', async () =>
      (await ofTask(project.admin, task)).some(({ id }) => id.endsWith('.2.annotate.2')),
    );
    expect(await annotator.post('/executions/rerun', { executions: [label], mode: 'resume' })).toMatchObject({
      status: 403,
    });
  });
});

describe('a vote', () => {
  it('is one execution, and secret', async () => {
    const pipeline = await project.pipeline(adjudicated());
    const task = await project.task(pipeline);
    await vote1(annotator, pipeline, task, 'ballot');
    await vote1(other, pipeline, task, 'ballot');
    const id = `${task}.1.vote.1`;

    expect(await atNode(project.admin, pipeline, 'vote')).toMatchObject({ items: [{ id, kind: 'consensus' }] });
    expect(await inFull(project.admin, id)).toMatchObject({ output: { values: { label: 'ballot' } } });
    for (const person of [annotator, other, reviewer]) {
      const seen = [await inFull(person, id), ...(await atNode(person, pipeline, 'vote')).items];
      expect(seen).toMatchObject([
        { id, output: null },
        { id, output: null },
      ]);
      expect(JSON.stringify(seen)).not.toContain('ballot');
    }
  });
});

describe('a program', () => {
  const model = { model: 'good', prompt: 'What is it? {{ data.text }}' };
  const form = { type: 'object', required: ['label'], properties: { label: { type: 'string' } } };
  const ran = async (definition: object): Promise<Execution> => {
    const task = await project.task(await project.pipeline(definition), { data: { text: 'a picture of a dog' } });
    return until('its run', async () => {
      const runs = await ofTask(project.admin, task, '?by=programs');
      return runs.find(({ status }) => status === 'succeeded');
    });
  };

  it('has what it was given and what it said', async () => {
    const run = await ran(only({ kind: 'llm', form, model }));

    const full = await inFull(project.admin, run.id);
    expect(full).toMatchObject({ kind: 'llm', input: { task: { data: { text: 'a picture of a dog' } } } });
    expect(full).toMatchObject({ actor: 'model:good', output: { values: { label: expect.any(String) as string } } });
    expect(await inFull(annotator, run.id)).toMatchObject({
      actor: 'model:good',
      input: { dataTitle: expect.any(String) as string },
    });
    expect(await inFull(annotator, run.id)).not.toHaveProperty('output.values');
  });
});
