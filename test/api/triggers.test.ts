// Triggers: at a time, on events and by webhooks a task is made whose cycle begins at a node; once per firing.
import { createHmac, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { openClient, openPool } from '../support/open.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import type { Person, TestProject } from '../support/project.js';
import { until } from '../support/until.js';

interface Trigger {
  id: string;
  node: string;
  state: string;
  fired: number;
  lastError: string | null;
  token?: string;
}
interface Task {
  id: string;
  externalId: string | null;
  data: Record<string, unknown>;
  metadata: { triggeredFrom?: { triggerId: string; taskId?: string; depth: number } };
  status: string;
}

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const client = await openClient();
let project: TestProject;
let admin: Person;
let annotator: Person;
let reviewer: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  admin = project.admin;
  annotator = await project.person('annotator');
  reviewer = await project.person('reviewer');
});

/** start → prepare → annotate → qa → done */
function prepared(name = `prepared ${randomUUID()}`) {
  const { nodes, edges } = reviewed();
  const [start, ...rest] = nodes;
  const prepare = { key: 'prepare', kind: 'labeling', form: { type: 'object' } };
  const further = edges.filter(({ from }) => from !== 'start');
  return {
    name,
    nodes: [start, prepare, ...rest],
    edges: [{ from: 'start', to: 'prepare' }, { from: 'prepare', on: 'complete', to: 'annotate' }, ...further],
  };
}

async function trigger(pipeline: string, body: object): Promise<Trigger> {
  const reply = await admin.post<Trigger>(`/pipelines/${pipeline}/triggers`, { node: 'start', ...body });
  expectStatus(reply, 201);
  return reply.body;
}
const triggerOf = async (id: string): Promise<Trigger> => (await admin.get<Trigger>(`/triggers/${id}`)).body;
const tasksIn = async (pipeline: string): Promise<Task[]> =>
  (await admin.get<{ items: Task[] }>(`/pipelines/${pipeline}/tasks?limit=500`)).body.items;
const untilTasks = (pipeline: string, count: number): Promise<Task[]> =>
  until(`${count} tasks`, async () => {
    const tasks = await tasksIn(pipeline);
    return tasks.length >= count ? tasks : undefined;
  });
async function completed(pipeline: string, task?: object): Promise<string> {
  const id = await project.task(pipeline, task);
  await until('its work', () => label1(annotator, pipeline, id));
  await until('its review', () => judge(reviewer, pipeline, id, 'approve'));
  return id;
}

describe('a trigger on a status of another pipeline', () => {
  it('makes one task per change, with its data, whose cycle begins at its node', async () => {
    const source = await project.pipeline(reviewed());
    const target = await project.pipeline(prepared());
    const early = await completed(source);
    const { id } = await trigger(target, {
      kind: 'event',
      node: 'annotate',
      on: 'task.status',
      pipelineId: source,
      status: 'finished',
      outcome: 'complete',
      task: { data: { of: 'data.text + "!"', was: 'task.id' }, priority: 0.8, tags: ['second look'] },
    });
    const first = await completed(source, { externalId: 'one', data: { text: 'first' } });
    const second = await completed(source, { externalId: 'two', data: { text: 'second' } });
    const tasks = await untilTasks(target, 2);

    expect(tasks.map(({ data, externalId }) => [externalId, data]).sort()).toEqual([
      ['one', { of: 'first!', was: first }],
      ['two', { of: 'second!', was: second }],
    ]);
    expect(tasks[0]).toMatchObject({
      priority: 0.8,
      tags: ['second look'],
      metadata: { triggeredFrom: { triggerId: id, depth: 1 } },
    });
    expect(JSON.stringify(tasks)).not.toContain(early);
    const open = await until('its work', () => claimNext(annotator, target));
    expect(open.node).toBe('annotate');
    const { items } = (
      await admin.get<{ items: { node: string; instances: { status: string }[] }[] }>(`/tasks/${open.taskId}/nodes`)
    ).body;
    expect(items.find(({ node }) => node === 'prepare')?.instances).toMatchObject([{ status: 'na' }]);
    expectStatus(
      await annotator.post(`/node-instances/${open.nodeInstanceId}/submit`, { values: { label: 'x' } }),
      200,
    );
    await judge(reviewer, target, open.taskId, 'approve');
    expect((await admin.get(`/tasks/${open.taskId}`)).body).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(await triggerOf(id)).toMatchObject({ fired: 2, lastError: null });
  });

  it('hears nothing of what happens while it is paused, and is deleted for good', async () => {
    const source = await project.pipeline(reviewed());
    const target = await project.pipeline(reviewed());
    const { id } = await trigger(target, { kind: 'event', on: 'task.created', pipelineId: source });
    expectStatus(await admin.post(`/triggers/${id}/pause`), 200);
    await project.task(source, { externalId: 'missed', data: {} });
    expectStatus(await admin.post(`/triggers/${id}/resume`), 200);
    await project.task(source, { externalId: 'heard', data: {} });

    expect((await untilTasks(target, 1)).map(({ externalId }) => externalId)).toEqual(['heard']);
    expect((await admin.send('DELETE', `/triggers/${id}`)).status).toBe(204);
    expect((await admin.get(`/triggers/${id}`)).status).toBe(404);
    const other = await trigger(target, { kind: 'event', on: 'task.created', pipelineId: source });
    await project.task(source, { externalId: 'later', data: {} });
    expect((await untilTasks(target, 2)).map(({ externalId }) => externalId).sort()).toEqual(['heard', 'later']);
    expect((await triggerOf(other.id)).fired).toBe(1);
  });

  it('does not hear of what a cycle has forgotten, though Postgres was told: it waits until that is settled', async () => {
    const source = await project.pipeline(reviewed());
    const target = await project.pipeline(reviewed());
    const ghost = await project.task(source, { externalId: 'ghost', data: {} });
    await trigger(target, { kind: 'event', on: 'task.status', status: 'finished', pipelineId: source });
    const stream = `cycle:${ghost}.1`;
    const record = [stream, Date.now(), ghost];
    await pool.query(
      `insert into timeline (task_id, stream_id, sequence, position, decided_at, at, type, detail) values ($3, $1, 2, 0, $2, now(), 'ended', '{}')`,
      record,
    );
    await pool.query(
      `insert into outbox (project_id, pipeline_id, task_id, stream_id, sequence, decided_at, types, transaction, was, status)
       select project_id, pipeline_id, id, $1, 2, $2, '{ended}', pg_current_xact_id()::text::bigint, 'pending', 'finished' from tasks where id = $3`,
      record,
    );
    await completed(source, { externalId: 'real', data: {} });
    await client.resync(stream);

    expect((await untilTasks(target, 1)).map(({ externalId }) => externalId)).toEqual(['real']);
    await completed(source, { externalId: 'next', data: {} });
    expect((await untilTasks(target, 2)).map(({ externalId }) => externalId).sort()).toEqual(['next', 'real']);
  });

  it('hears of a task that failed because its workflow was ended outside the product', async () => {
    const source = await project.pipeline(reviewed());
    const target = await project.pipeline(reviewed());
    await trigger(target, { kind: 'event', on: 'task.status', status: 'failed', pipelineId: source });
    const task = await project.task(source, { externalId: 'ended', data: {} });
    await client.temporal.workflow.getHandle(`cycle:${task}.1`).terminate();
    await annotator.post(`/node-instances/${task}.1.annotate.1/claim`);

    expect((await untilTasks(target, 1)).map(({ externalId }) => externalId)).toEqual(['ended']);
  });

  it('that is to fire once does so once', async () => {
    const source = await project.pipeline(reviewed());
    const target = await project.pipeline(reviewed());
    const once = await trigger(target, { kind: 'event', on: 'task.created', pipelineId: source, once: true });
    const always = await trigger(target, { kind: 'event', on: 'task.created', pipelineId: source });
    for (const text of ['a', 'b', 'c']) await project.task(source, { data: { text } });
    await until('all of the other', async () => (await triggerOf(always.id)).fired === 3);

    expect(await triggerOf(once.id)).toMatchObject({ state: 'spent', fired: 1 });
    expect(await tasksIn(target)).toHaveLength(4);
    expect(await admin.post(`/triggers/${once.id}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'ENTRY_CLOSED' },
    });
  });

  it('says why it could make no task, and goes on', async () => {
    const source = await project.pipeline(reviewed());
    const target = await project.pipeline(reviewed());
    const body = { kind: 'event', on: 'task.created', pipelineId: source, task: { data: { of: 'data.count' } } };
    const { id } = await trigger(target, body);
    await project.task(source, { data: { text: 'no count' } });
    await until('the error', async () =>
      (await triggerOf(id)).lastError?.startsWith('EXPRESSION_FAILED: "data.count"'),
    );
    await project.task(source, { data: { count: 1 } });

    expect((await untilTasks(target, 1))[0]?.data).toEqual({ of: 1 });
  });
});

describe('a webhook', () => {
  const deliver = async (token: string, body: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(`${apiUrl}/v1/hooks/${token}`, { method: 'POST', body, headers });
    return { status: reply.status, body: (await reply.json()) as { taskId?: string; code?: string } };
  };

  it('makes one task per delivery: by its key, else by its body', async () => {
    const pipeline = await project.pipeline(prepared());
    const { token = '', id } = await trigger(pipeline, {
      kind: 'webhook',
      node: 'annotate',
      task: { externalId: 'data.id' },
    });
    const one = await deliver(token, '{"id":"a"}');
    const again = await deliver(token, '{"id":"a"}');
    const keyed = await deliver(token, '{"id":"a"}', { 'idempotency-key': 'k1' });
    const keyedAgain = await deliver(token, '{"id":"other"}', { 'idempotency-key': 'k1' });

    expect([one.status, again.body.taskId, keyedAgain.body.taskId]).toEqual([202, one.body.taskId, keyed.body.taskId]);
    expect(keyed.body.taskId).not.toBe(one.body.taskId);
    expect((await tasksIn(pipeline)).map(({ externalId, data }) => [externalId, data])).toEqual([
      ['a', { id: 'a' }],
      ['a', { id: 'a' }],
    ]);
    expect((await until('its work', () => claimNext(annotator, pipeline))).node).toBe('annotate');
    expect(await triggerOf(id)).toMatchObject({ fired: 2 });
    expect(await triggerOf(id)).not.toHaveProperty('token');
  });

  it('with a secret takes what is signed, ours or GitHub’s way, and nothing else', async () => {
    const pipeline = await project.pipeline(reviewed());
    const secret = 'a secret of a sender';
    const { token = '' } = await trigger(pipeline, { kind: 'webhook', secret });
    const sign = (text: string, by = secret) => createHmac('sha256', by).update(text).digest('hex');
    const at = (seconds: number, body: string) => `t=${seconds},v1=${sign(`${seconds}.${body}`)}`;
    const now = Math.floor(Date.now() / 1_000);
    const statuses = [
      await deliver(token, '{"n":1}', { 'taskloom-signature': at(now, '{"n":1}') }),
      await deliver(token, '{"n":2}', { 'x-hub-signature-256': `sha256=${sign('{"n":2}')}` }),
      await deliver(token, '{"n":3}'),
      await deliver(token, '{"n":3}', { 'taskloom-signature': at(now - 900, '{"n":3}') }),
      await deliver(token, '{"n":3}', { 'taskloom-signature': at(now, '{"n":4}') }),
      await deliver(token, '{"n":3}', { 'x-hub-signature-256': `sha256=${sign('{"n":3}', 'another secret here')}` }),
    ].map(({ status }) => status);

    expect(statuses).toEqual([202, 202, 401, 401, 401, 401]);
    expect(await tasksIn(pipeline)).toHaveLength(2);
  });

  it('refuses what is no object, too large, unknown, or for a trigger that is paused', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { token = '', id } = await trigger(pipeline, { kind: 'webhook' });
    const codes = [
      await deliver(token, '{'),
      await deliver(token, '[]'),
      await deliver(token, JSON.stringify({ text: 'x'.repeat(70_000) })),
      await deliver(`hk_${'A'.repeat(43)}`, '{}'),
    ].map(({ body }) => body.code);
    expectStatus(await admin.post(`/triggers/${id}/pause`), 200);

    expect(codes).toEqual(['INVALID_JSON', 'INVALID_REQUEST', 'BODY_TOO_LARGE', 'NOT_FOUND']);
    expect((await deliver(token, '{}')).body.code).toBe('ENTRY_CLOSED');
    expect(await tasksIn(pipeline)).toEqual([]);
  });
});

describe('in a pipeline that is paused', () => {
  it('a trigger makes nothing, unless the pause lets triggers go on', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { token = '' } = await trigger(pipeline, { kind: 'webhook' });
    const send = async (n: number) =>
      (await fetch(`${apiUrl}/v1/hooks/${token}`, { method: 'POST', body: `{"n":${n}}` })).status;
    expectStatus(await admin.post(`/pipelines/${pipeline}/pause`, {}), 200);
    const paused = await send(1);
    expectStatus(await admin.post(`/pipelines/${pipeline}/resume`, {}), 200);
    const resumed = await send(1);
    expectStatus(await admin.post(`/pipelines/${pipeline}/pause`, { keepTriggers: true }), 200);

    expect([paused, resumed, await send(2)]).toEqual([409, 202, 202]);
    expect(await tasksIn(pipeline)).toHaveLength(2);
  });
});

describe('a trigger of a time', () => {
  it('fires as often as it says until it is paused, and once where that is asked', async () => {
    const pipeline = await project.pipeline(prepared());
    const always = await trigger(pipeline, { kind: 'cron', node: 'annotate', every: 'PT1S' });
    const once = await trigger(pipeline, {
      kind: 'cron',
      cron: '* * * * * * *',
      once: true,
      task: { data: { at: 'data.firedAt' } },
    });
    await until('two firings', async () => (await triggerOf(always.id)).fired >= 2);
    await until('the other', async () => (await triggerOf(once.id)).state === 'spent');
    expectStatus(await admin.post(`/triggers/${always.id}/pause`), 200);
    const { fired } = await triggerOf(always.id);

    expect(await untilTasks(pipeline, fired + 1)).toHaveLength(fired + 1);
    expect((await triggerOf(once.id)).fired).toBe(1);
    expect((await admin.send('DELETE', `/triggers/${always.id}`)).status).toBe(204);
  });

  it.each([
    ['an expression that is none', { cron: 'every now and then' }, '/cron'],
    ['both ways of telling', { cron: '* * * * *', every: 'PT1M' }, '/cron'],
    ['too often', { every: 'PT0.1S' }, '/every'],
    ['a time zone that is none', { cron: '0 0 * * *', timezone: 'Mars/Olympus' }, '/cron'],
    ['a node that is not there', { every: 'PT1M', node: 'nowhere' }, '/node'],
    ['a template that is none', { every: 'PT1M', task: { data: { a: '1 +' } } }, '/task/data/a'],
  ])('is refused with %s', async (_, body, pointer) => {
    const pipeline = await project.pipeline(reviewed());
    const reply = await admin.post<{ code: string; problems: { pointer: string }[] }>(
      `/pipelines/${pipeline}/triggers`,
      {
        node: 'start',
        kind: 'cron',
        ...body,
      },
    );

    expect([reply.status, reply.body.code, reply.body.problems[0]?.pointer]).toEqual([422, 'INVALID_REQUEST', pointer]);
    expect((await admin.get<{ items: object[] }>(`/pipelines/${pipeline}/triggers`)).body.items).toEqual([]);
  });
});

describe('triggers', () => {
  it('are listed by pipeline and by node, for managers of the project', async () => {
    const pipeline = await project.pipeline(prepared());
    const atStart = await trigger(pipeline, { kind: 'webhook' });
    const atNode = await trigger(pipeline, { kind: 'webhook', node: 'annotate' });
    type Page = { items: Trigger[] };
    const all = (await admin.get<Page>(`/pipelines/${pipeline}/triggers`)).body.items.map(({ id }) => id);
    const there = (await admin.get<Page>(`/nodes/${pipeline}.annotate/triggers`)).body.items.map(({ id }) => id);
    const stranger = (await newProject(apiUrl, operatorKey)).admin;

    expect(all.sort()).toEqual([atStart.id, atNode.id].sort());
    expect(there).toEqual([atNode.id]);
    expect((await annotator.post(`/pipelines/${pipeline}/triggers`, { node: 'start', kind: 'webhook' })).status).toBe(
      403,
    );
    expect((await annotator.get(`/nodes/${pipeline}.annotate/triggers`)).status).toBe(403);
    for (const path of [
      `/pipelines/${pipeline}/triggers`,
      `/nodes/${pipeline}.annotate/triggers`,
      `/triggers/${atNode.id}`,
    ])
      expect((await stranger.get(path)).status).toBe(404);
    expect((await stranger.send('DELETE', `/triggers/${atNode.id}`)).status).toBe(404);
    const foreign = { node: 'start', kind: 'event', on: 'task.created', pipelineId: pipeline };
    const theirs = await stranger.post<{ id: string }>(
      `/projects/${String((await stranger.get('/me')).body['projectId'])}/pipelines`,
      reviewed(),
    );
    expect((await stranger.post(`/pipelines/${theirs.body.id}/triggers`, foreign)).status).toBe(422);
  });

  it('keep their node: a version without it is refused, and says by which', async () => {
    const definition = prepared();
    const pipeline = await project.pipeline(definition);
    const { id } = await trigger(pipeline, { kind: 'webhook', node: 'prepare' });
    const without = { ...reviewed(), name: definition.name };
    const refused = await admin.put<{ problems: { message: string }[] }>(`/pipelines/${pipeline}`, without);

    expect(refused).toMatchObject({ status: 422, body: { code: 'PIPELINE_INVALID' } });
    expect(refused.body.problems[0]?.message).toContain(`the trigger ${id} starts at "prepare": there is no node`);
    expect((await admin.send('DELETE', `/triggers/${id}`)).status).toBe(204);
    expectStatus(await admin.put(`/pipelines/${pipeline}`, without), 200);
  });

  it('of tasks of their own pipeline are refused, as they would never end', async () => {
    const pipeline = await project.pipeline(reviewed());
    const reply = await admin.post(`/pipelines/${pipeline}/triggers`, {
      node: 'start',
      kind: 'event',
      on: 'task.created',
    });

    expect(reply.status).toBe(422);
  });
});
