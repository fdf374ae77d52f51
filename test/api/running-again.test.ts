// Recall, reopen, revise and rerun over HTTP, as people meet them.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed, voted, vote1 } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey, hookUrl } = inject('stack');

let project: TestProject;
let ann: Person;
let bob: Person;
let rita: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  ann = await project.person('annotator');
  bob = await project.person('annotator');
  rita = await project.person('reviewer');
});

const form = { type: 'object', properties: { label: { type: 'string' } } };

/** Cat and dog side by side, code that looks at both, and one more step so that the task stays open. */
const catAndDog = (settings: object = {}, code: object = { function: 'most-common' }) => ({
  name: `cat and dog ${randomUUID()}`,
  nodes: [
    { key: 'start', kind: 'start' },
    { key: 'cat', kind: 'labeling', form },
    { key: 'dog', kind: 'labeling', form, settings },
    { key: 'both', kind: 'code', ...code },
    { key: 'last', kind: 'labeling', form },
    { key: 'done', kind: 'end' },
  ],
  edges: [
    { from: 'start', to: 'cat' },
    { from: 'start', to: 'dog' },
    { from: 'cat', to: 'both' },
    { from: 'dog', to: 'both' },
    { from: 'both', to: 'last' },
    { from: 'last', to: 'done' },
  ],
});

async function labels(person: Person, pipeline: string, taskId: string, node: string, value = node): Promise<string> {
  const item = await claimNext(person, pipeline, { tasks: [taskId], nodes: [node] });
  if (!item) throw new Error(`nothing to do at ${node}`);
  expectStatus(await person.post(`/node-instances/${item.nodeInstanceId}/submit`, { values: { label: value } }), 200);
  return item.nodeInstanceId;
}

interface Node {
  node: string;
  status: string;
  instances: { id: string; status: string; outcome: string; assignee: string | null; submission: unknown }[];
}

const nodesOf = async (taskId: string): Promise<Record<string, Node>> =>
  Object.fromEntries(
    (await project.admin.get<{ items: Node[] }>(`/tasks/${taskId}/nodes`)).body.items.map((node) => [node.node, node]),
  );
const statusOf = async (taskId: string) =>
  (await project.admin.get<{ status: string; outcome: string | null; cycleId: string }>(`/tasks/${taskId}`)).body;
const runsOf = async (taskId: string): Promise<number> =>
  (await project.admin.get<{ items: object[] }>(`/tasks/${taskId}/executions`)).body.items.length;
const isAt = (taskId: string, node: string, status: string) =>
  until(`${node} to be ${status}`, async () => (await nodesOf(taskId))[node]?.status === status);
const cyclesOf = async (taskId: string) =>
  (
    await project.admin.get<{ items: { id: string; number: number; mode: string; status: string }[] }>(
      `/tasks/${taskId}/cycles`,
    )
  ).body.items;

async function bothLabeled(settings: object = {}, code?: object): Promise<{ pipeline: string; taskId: string }> {
  const pipeline = await project.pipeline(catAndDog(settings, code));
  const taskId = await project.task(pipeline);
  await labels(ann, pipeline, taskId, 'cat');
  await labels(bob, pipeline, taskId, 'dog');
  return { pipeline, taskId };
}

describe('a recall', () => {
  it('gives back what was handed in, as the draft, and is over once the review was claimed', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const handedIn = await label1(ann, pipeline, taskId, 'first');

    expect((await bob.post(`/node-instances/${handedIn}/recall`)).body).toMatchObject({ code: 'NOT_AUTHOR' });
    const recalled = await ann.post<{ nodeInstanceId: string }>(`/node-instances/${handedIn}/recall`);
    expect(recalled).toMatchObject({ status: 200, body: { status: 'claimed', assignee: ann.id } });
    const work = await ann.get<{ items: { nodeInstanceId: string; draft: unknown }[] }>('/me/work');
    expect(work.body.items.find(({ nodeInstanceId }) => nodeInstanceId === recalled.body.nodeInstanceId)).toMatchObject(
      {
        draft: { label: 'first' },
      },
    );
    expect(await claimNext(rita, pipeline)).toBeUndefined();

    const again = recalled.body.nodeInstanceId;
    expectStatus(await ann.post(`/node-instances/${again}/submit`, { values: { label: 'second' } }), 200);
    expect(await claimNext(rita, pipeline)).toMatchObject({ reviewed: { values: { label: 'second' } } });
    expect(await ann.post(`/node-instances/${again}/recall`)).toMatchObject({
      status: 409,
      body: { code: 'TAKEN_UP' },
    });
  });

  it('against a claim of the review: one of the two wins', async () => {
    const pipeline = await project.pipeline(reviewed());
    for (let race = 0; race < 5; race += 1) {
      const taskId = await project.task(pipeline);
      const handedIn = await label1(ann, pipeline, taskId);

      const [recall, claim] = await Promise.all([
        ann.post(`/node-instances/${handedIn}/recall`),
        rita.post(`/node-instances/${taskId}.1.qa.1/claim`),
      ]);

      const told = [recall, claim].map(({ status, body }) => (status === 200 ? 'ok' : body['code']));
      expect([
        ['ok', 'NODE_CLOSED'],
        ['TAKEN_UP', 'ok'],
      ]).toContainEqual(told);
    }
  });
});

describe('an issue with the dog', () => {
  it('sends it back; the code after both has not run, and runs once when the dog is done', async () => {
    const pipeline = await project.pipeline(catAndDog());
    const taskId = await project.task(pipeline);
    const dog = await labels(bob, pipeline, taskId, 'dog');
    expectStatus(await project.admin.post(`/node-instances/${dog}/reopen`), 200);
    await labels(ann, pipeline, taskId, 'cat');
    expect(await statusOf(taskId)).toMatchObject({ status: 'in_progress' });
    expect(await nodesOf(taskId)).toMatchObject({ cat: { status: 'finished' }, both: { status: 'deferred' } });
    expect(await claimNext(ann, pipeline, { nodes: ['dog'] })).toBeUndefined();
    await labels(bob, pipeline, taskId, 'dog', 'a better dog');
    await isAt(taskId, 'last', 'available');
    expect(await runsOf(taskId)).toBe(1);
  });

  it('runs again, once, what had run; the cat is untouched', async () => {
    const { pipeline, taskId } = await bothLabeled();
    await isAt(taskId, 'last', 'available');

    expectStatus(await project.admin.post(`/node-instances/${taskId}.1.dog.1/reopen`), 200);
    expect(await nodesOf(taskId)).toMatchObject({
      cat: { status: 'finished' },
      dog: { status: 'available' },
      both: { status: 'finished' },
      last: { status: 'available' },
    });
    await labels(bob, pipeline, taskId, 'dog', 'a better dog');

    await isAt(taskId, 'last', 'available');
    const { cat, both, last } = await nodesOf(taskId);
    expect(cat?.instances).toHaveLength(1);
    expect(both?.instances.map(({ outcome }) => outcome)).toEqual(['superseded', 'complete']);
    expect(last?.instances.map(({ outcome }) => outcome)).toEqual(['superseded', null]);
    expect(await runsOf(taskId)).toBe(2);
  });

  it('leaves what has run where rerunOnStatusChange is off', async () => {
    const { pipeline, taskId } = await bothLabeled({ rerunOnStatusChange: false });
    await isAt(taskId, 'last', 'available');
    const dog = `${taskId}.1.dog.1`;
    expect(await bob.post(`/node-instances/${dog}/reopen`)).toMatchObject({
      status: 403,
      body: { code: 'NOT_AUTHOR' },
    });

    expectStatus(await project.admin.post(`/node-instances/${dog}/reopen`), 200);
    await labels(bob, pipeline, taskId, 'dog', 'a better dog');

    const { dog: after, both, last } = await nodesOf(taskId);
    expect(after?.instances.at(-1)).toMatchObject({
      status: 'finished',
      submission: { values: { label: 'a better dog' } },
    });
    expect([both?.instances.length, last?.instances.length, await runsOf(taskId)]).toEqual([1, 1, 1]);
  });

  it('is raised once where two raise it, and answered at once with values', async () => {
    const { taskId } = await bothLabeled();
    await isAt(taskId, 'last', 'available');
    const reopen = (person: Person) => person.post(`/node-instances/${taskId}.1.dog.1/reopen`);

    const told = await Promise.all([reopen(project.admin), reopen(bob)]);

    expect(told.map(({ status, body }) => (status === 200 ? 'ok' : body['code'])).sort()).toEqual([
      'REOPEN_REFUSED',
      'ok',
    ]);
    const cat = await ann.post(`/node-instances/${taskId}.1.cat.1/reopen`, { values: { label: 'puss' } });
    expect(cat).toMatchObject({ status: 200, body: { status: 'finished', outcome: 'complete' } });
    expect((await ann.post(`/node-instances/${taskId}.1.dog.1/reopen`)).body['code']).toBe('REOPEN_REFUSED');
  });
});

describe('a revision', () => {
  it('is an admin’s, takes the place of what was handed in, and a claimed review has to read it', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const handedIn = await label1(ann, pipeline, taskId);
    const review = await claimNext(rita, pipeline);
    const revise = `/node-instances/${handedIn}/revise`;
    expect((await ann.post(revise, { values: { label: 'b' } })).body).toMatchObject({ code: 'FORBIDDEN' });
    expect((await project.admin.post(revise, { values: { no: 1 } })).body).toMatchObject({ code: 'FORM_INVALID' });

    expectStatus(await project.admin.post(revise, { values: { label: 'revised' } }), 200);

    const approve = `/node-instances/${String(review?.nodeInstanceId)}/approve`;
    expect(await rita.post(approve)).toMatchObject({ status: 409, body: { code: 'STALE_TASK' } });
    const mine = await rita.get<{ items: { version: number; reviewed: unknown }[] }>('/me/work');
    expect(mine.body.items[0]).toMatchObject({ reviewed: { values: { label: 'revised' } } });
    expectStatus(await rita.post(approve, { expectedVersion: mine.body.items[0]?.version }), 200);
  });
});

describe('a rerun', () => {
  const rerun = (taskId: string, body: object, headers: Record<string, string> = {}) =>
    project.admin.post<{ cycleId: string; code?: string }>(`/tasks/${taskId}/rerun`, body, headers);

  it('of a failed task goes on where it failed, and a restart takes the newest version', async () => {
    const { pipeline, taskId } = await bothLabeled({}, { url: `${hookUrl}/teapot` });
    const failed = () => until('the task to fail', async () => (await statusOf(taskId)).status === 'failed');
    await failed();

    const resumed = await rerun(taskId, { mode: 'resume' });

    expect(resumed).toMatchObject({ status: 200, body: { taskId, cycleId: `${taskId}.2` } });
    await failed();
    expect((await nodesOf(taskId))['both']?.instances.map(({ id }) => id)).toEqual([
      `${taskId}.1.both.1`,
      `${taskId}.2.both.2`,
    ]);
    expect((await nodesOf(taskId))['cat']?.instances).toHaveLength(1);

    const definition = await project.admin.get<{ definition: object }>(`/pipelines/${pipeline}`);
    const { name } = definition.body.definition as { name: string };
    expectStatus(await project.admin.put(`/pipelines/${pipeline}`, { ...catAndDog(), name }), 200);
    expectStatus(await rerun(taskId, { mode: 'restart' }), 200);
    await labels(bob, pipeline, taskId, 'cat');
    await labels(bob, pipeline, taskId, 'dog');
    await isAt(taskId, 'last', 'available');
    expect(await cyclesOf(taskId)).toMatchObject([
      { number: 1, mode: 'start', status: 'failed' },
      { number: 2, mode: 'resume', status: 'failed' },
      { number: 3, mode: 'restart', status: 'open' },
    ]);
  });

  it('of a finished task goes on from a node, with what was done before', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(ann, pipeline, taskId, 'first');
    await judge(rita, pipeline, taskId, 'reject');
    await label1(ann, pipeline, taskId, 'second');
    await judge(rita, pipeline, taskId, 'approve');
    await until('the end', async () => (await statusOf(taskId)).status === 'finished');
    expect((await rerun(taskId, { mode: 'resume' })).body.code).toBe('RERUN_REFUSED');
    expect((await rerun(taskId, { mode: 'resume', node: 'done' })).body.code).toBe('RERUN_REFUSED');
    expect((await rerun(taskId, { mode: 'restart', node: 'qa' })).body.code).toBe('INVALID_REQUEST');

    const again = await rerun(taskId, { mode: 'resume', node: 'qa' }, { 'idempotency-key': taskId });
    expect((await rerun(taskId, { mode: 'resume', node: 'qa' }, { 'idempotency-key': taskId })).body).toEqual(
      again.body,
    );

    expect(await claimNext(rita, pipeline, { tasks: [taskId] })).toMatchObject({
      nodeInstanceId: `${taskId}.2.qa.3`,
      reviewed: { values: { label: 'second' } },
    });
    expectStatus(await rita.post(`/node-instances/${taskId}.2.qa.3/approve`), 200);
    await until('the end', async () => (await statusOf(taskId)).outcome === 'complete');
    expect(await cyclesOf(taskId)).toHaveLength(2);
  });

  it('is what a reopen of a task that has ended comes to; not where it was voted on', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(ann, pipeline, taskId, 'first');
    await judge(rita, pipeline, taskId, 'approve');
    await until('the end', async () => (await statusOf(taskId)).status === 'finished');
    const reopen = `/node-instances/${taskId}.1.annotate.1/reopen`;
    expect((await bob.post(reopen)).body).toMatchObject({ code: 'NOT_AUTHOR' });

    const key = { 'idempotency-key': `reopen ${taskId}`.replace(' ', '-') };
    const reopened = await ann.post(reopen, {}, key);

    expect(reopened).toMatchObject({ status: 200, body: { nodeInstanceId: `${taskId}.2.annotate.2` } });
    expect((await ann.post(reopen, {}, key)).body).toEqual(reopened.body);
    expect(await claimNext(ann, pipeline, { tasks: [taskId] })).toMatchObject({ draft: { label: 'first' } });

    const votedOn = await project.pipeline(voted(1));
    const vote = await project.task(votedOn);
    await vote1(ann, votedOn, vote, 'a');
    await until('the end', async () => (await statusOf(vote)).status === 'finished');
    expect((await project.admin.post(`/node-instances/${vote}.1.vote.1/reopen`)).body).toMatchObject({
      code: 'REOPEN_REFUSED',
    });
  });

  it('of an open task is refused, or replaces it: claims are free, drafts and submits that came first stay', async () => {
    const { pipeline, taskId } = await bothLabeled();
    await isAt(taskId, 'last', 'available');
    expect(await rerun(taskId, { mode: 'resume' })).toMatchObject({ status: 409, body: { code: 'CYCLE_OPEN' } });
    const held = await claimNext(ann, pipeline, { tasks: [taskId] });

    const [replaced, submit] = await Promise.all([
      rerun(taskId, { mode: 'resume', replace: true }),
      ann.post(`/node-instances/${String(held?.nodeInstanceId)}/submit`, { values: { label: 'x' } }),
    ]);

    // Either the submit came first, and then nothing was left to go on from, or it was told that it came too late.
    if (submit.status === 200) expect(replaced.body.code).toBe('RERUN_REFUSED');
    else {
      expect(submit.body['code']).toBe('NODE_CLOSED');
      expect(replaced.body.cycleId).toBe(`${taskId}.2`);
      await labels(ann, pipeline, taskId, 'last');
    }
    await until('the end', async () => (await statusOf(taskId)).outcome === 'complete');
    expect(await runsOf(taskId)).toBe(1);
  });

  it('of executions goes on from where each was at work', async () => {
    const { taskId } = await bothLabeled();
    await isAt(taskId, 'last', 'available');
    const { body } = await project.admin.get<{ items: { id: string }[] }>(`/tasks/${taskId}/executions`);
    const executions = body.items.map(({ id }) => id);
    const ask = (more: object) => project.admin.post('/executions/rerun', { executions, mode: 'resume', ...more });

    expect((await ask({})).body).toMatchObject({ items: [{ execution: executions[0], code: 'CYCLE_OPEN' }] });
    expect((await ask({ replace: true })).body).toMatchObject({ items: [{ taskId, cycleId: `${taskId}.2` }] });
    await until('the second run', async () => (await runsOf(taskId)) === 2);
    expect(await ask({ executions: ['nothing'] })).toMatchObject({ status: 404 });
  });

  it('is for managers of the project', async () => {
    const { taskId } = await bothLabeled();
    const stranger = await newProject(apiUrl, operatorKey);

    expect(await ann.post(`/tasks/${taskId}/rerun`, { mode: 'restart' })).toMatchObject({ status: 403 });
    for (const reply of [
      await stranger.admin.post(`/tasks/${taskId}/rerun`, { mode: 'restart' }),
      await stranger.admin.get(`/tasks/${taskId}/cycles`),
      await stranger.admin.post(`/node-instances/${taskId}.1.cat.1/reopen`),
    ]) {
      expect(reply.status).toBe(404);
    }
  });
});
