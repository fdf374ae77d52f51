// Checkpoints over HTTP: cycles of a batch are held until all of it, or one person's share of it, is done; then one new cycle starts.
import { beforeAll, describe, expect, inject, test } from 'vitest';
import {
  annotates,
  batchOf,
  batchView,
  contextsOf,
  gathered,
  tasksOf,
  untilArrived,
  untilFired,
  withBroken,
  withSideBranch,
} from '../support/checkpoints.js';
import { openPool } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, newProject } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();

let project: TestProject;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  ann = await project.person('annotator');
  bob = await project.person('annotator');
});

const statusesOf = async (pipeline: string): Promise<string[]> =>
  (await tasksOf(project, pipeline)).flatMap(({ batchId, status }) => (batchId === null ? [] : [status]));

const untilAllFinished = (pipeline: string) =>
  until('all items to be finished', async () => (await statusesOf(pipeline)).every((status) => status === 'finished'));

describe('A checkpoint per task', () => {
  test('holds the items in progress until the last one came, then starts one cycle with them and lets them end', async () => {
    const pipeline = await project.pipeline(gathered('task'));
    const items = await batchOf(project, pipeline, 3);
    const batchId = items[0]?.batchId ?? '';

    await annotates(ann, pipeline, 2);
    await untilArrived(project, batchId, 2);
    expect((await statusesOf(pipeline)).sort()).toEqual(['in_progress', 'in_progress', 'pending']);
    expect(await contextsOf(project, pipeline)).toEqual([]);
    await annotates(bob, pipeline, 1);

    const [context] = await untilFired(project, pipeline);
    expect(context).toMatchObject({
      nodes: ['merge'],
      data: { kind: 'task', batch: batchId, node: 'annotate', itemCount: 3 },
    });
    expect(context?.data.items.map(({ taskId }) => taskId).sort()).toEqual(items.map(({ id }) => id).sort());
    expect(context?.data.items.every(({ submissionId }) => submissionId !== null)).toBe(true);
    await untilAllFinished(pipeline);
    expect((await tasksOf(project, pipeline)).flatMap(({ outcome }) => outcome ?? [])).toEqual([
      'complete',
      'complete',
      'complete',
    ]);
    const merge = await claimNext(ann, pipeline, { nodes: ['merge'] });
    expectStatus(await ann.post(`/node-instances/${String(merge?.nodeInstanceId)}/submit`, { values: {} }), 200);
    await until('the new cycle to end', async () => (await contextsOf(project, pipeline))[0]?.status === 'finished');
    expect(await contextsOf(project, pipeline)).toHaveLength(1);
  });
  test('lets items go on along their own edge once it has fired', async () => {
    const pipeline = await project.pipeline(gathered('task', { goesOn: true }));
    await batchOf(project, pipeline, 2);
    await annotates(ann, pipeline, 1);
    expect(await claimNext(bob, pipeline, { nodes: ['more'] })).toBeUndefined();
    await annotates(bob, pipeline, 1);

    await untilFired(project, pipeline);
    await until('both to be at the next node', async () => {
      const items = (await tasksOf(project, pipeline)).filter(({ batchId }) => batchId !== null);
      return items.every(({ nodes }) => nodes.join() === 'more');
    });
  });

  test('does not wait for what was discarded or has failed, and waits for what is escalated', async () => {
    const pipeline = await project.pipeline(withBroken());
    const items = await batchOf(project, pipeline, 4, undefined, [{ broken: true }]);
    const batchId = items[0]?.batchId ?? '';
    await until('one to fail', async () => (await statusesOf(pipeline)).includes('failed'));
    const [lost, hard] = [await claimNext(ann, pipeline), await claimNext(ann, pipeline)];
    const discard = { action: 'discard', values: {} };
    expectStatus(await ann.post(`/node-instances/${String(lost?.nodeInstanceId)}/submit`, discard), 200);
    expectStatus(
      await ann.post(`/node-instances/${String(hard?.nodeInstanceId)}/escalate`, { reason: 'unclear' }),
      200,
    );
    const [done] = await annotates(ann, pipeline, 1);
    await untilArrived(project, batchId, 1);
    await until('the others to be known as gone', async () => {
      const { checkpoints } = await batchView(project, batchId);
      return checkpoints[0]?.coming === 1;
    });
    expect(await contextsOf(project, pipeline)).toEqual([]);

    const resolve = { how: 'fixAndAccept', values: { label: 'by the boss' } };
    expectStatus(await project.admin.post(`/node-instances/${String(hard?.nodeInstanceId)}/resolve`, resolve), 200);

    const [context] = await untilFired(project, pipeline);
    expect(context?.data.items.map(({ taskId }) => taskId).sort()).toEqual([done, hard?.taskId].sort());
  });

  test('waits for the end of a batch that goes by a name, and counts it on the way', async () => {
    const pipeline = await project.pipeline(gathered('task'));
    const [first] = await batchOf(project, pipeline, 1, 'monday');
    const [second] = await batchOf(project, pipeline, 1, 'monday');
    const batchId = first?.batchId ?? '';
    expect(second?.batchId).toBe(batchId);
    await annotates(ann, pipeline, 2);
    await untilArrived(project, batchId, 2);
    expect(await batchView(project, batchId, `&pipeline=${pipeline}&node=annotate`)).toMatchObject({
      name: 'monday',
      status: 'open',
      statuses: { in_progress: 2 },
      atNode: { finished: 2 },
      checkpoints: [],
    });
    expect(await contextsOf(project, pipeline)).toEqual([]);

    expect(await ann.post(`/batches/${batchId}/close`)).toMatchObject({ status: 403 });
    const stranger = await newProject(apiUrl, operatorKey);
    expect(await stranger.admin.post(`/batches/${batchId}/close`)).toMatchObject({ status: 404 });
    for (const key of ['once', 'again']) {
      const headers = { 'idempotency-key': `${key}-${batchId}` };
      expect(await project.admin.post(`/batches/${batchId}/close`, {}, headers)).toMatchObject({
        status: 200,
        body: { id: batchId, status: 'closed' },
      });
    }

    const [context] = await untilFired(project, pipeline);
    expect(context?.data).toMatchObject({ batchName: 'monday', itemCount: 2 });
    await untilAllFinished(pipeline);
    expect((await batchView(project, batchId)).checkpoints).toMatchObject([
      { node: 'all', coming: 0, arrived: 0, fired: [{ items: 2, contextTaskId: context?.id }] },
    ]);
    const url = String(context?.data.itemsUrl).replace('/v1', '');
    const page = await project.admin.get<{ items: unknown[]; nextPageToken: string | null }>(`${url}?limit=1`);
    expect(page.body.items).toHaveLength(1);
    expect(page.body.nextPageToken).not.toBeNull();
    expect(await stranger.admin.get(url)).toMatchObject({ status: 404 });
    const [later] = await batchOf(project, pipeline, 1, 'monday');
    expect(later?.batchId).not.toBe(batchId);
  });

  test('names the tasks of a named batch the same when a request is repeated', async () => {
    const pipeline = await project.pipeline(gathered('task'));
    const send = (key: string) =>
      project.admin.post(`/pipelines/${pipeline}/tasks`, { data: {}, batch: 'twice' }, { 'idempotency-key': key });
    const key = `twice ${pipeline}`.replace(' ', '-');

    const first = await send(key);
    await pool.query('update idempotency_keys set status = null, answer = null where key = $1', [key]);
    const second = await send(key);

    expect(second.body['id']).toBe(first.body['id']);
    expect(await tasksOf(project, pipeline)).toHaveLength(1);
  });

  test('forgets an item that is restarted while it is held, until it comes again', async () => {
    const pipeline = await project.pipeline(withSideBranch());
    const items = await batchOf(project, pipeline, 2);
    const batchId = items[0]?.batchId ?? '';
    const [held = ''] = await annotates(ann, pipeline, 1);
    await untilArrived(project, batchId, 1);
    const side = `/node-instances/${held}.1.side.1`;
    expectStatus(await project.admin.post(`${side}/escalate`, { reason: 'again, please' }), 200);
    expectStatus(await project.admin.post(`${side}/resolve`, { how: 'restart' }), 200);
    await untilArrived(project, batchId, 0);
    const other = items.find(({ id }) => id !== held)?.id;
    const item = await claimNext(bob, pipeline, { nodes: ['annotate'], tasks: [other] });
    expectStatus(await bob.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, { values: {} }), 200);
    await untilArrived(project, batchId, 1);
    expect(await contextsOf(project, pipeline)).toEqual([]);

    await annotates(ann, pipeline, 1);

    const [context] = await untilFired(project, pipeline);
    expect(context?.data.itemCount).toBe(2);
  });

  test('counts an import as closed once it is read', async () => {
    const pipeline = await project.pipeline(gathered('task'));
    const reply = await project.admin.send<{ batchId: string }>('POST', `/pipelines/${pipeline}/imports`, {
      body: 'id,text\n1,a\n2,b\n',
      headers: { 'content-type': 'text/csv' },
    });
    expectStatus(reply, 201);
    await until('both to be annotated', async () => {
      await annotates(ann, pipeline);
      return (await contextsOf(project, pipeline)).length > 0;
    });

    const [context] = await untilFired(project, pipeline);
    expect(context?.data).toMatchObject({ batch: reply.body.batchId, itemCount: 2 });
  });
});

describe('A checkpoint per assignment', () => {
  test('starts a cycle for each person’s share, when that person’s work is done', async () => {
    const pipeline = await project.pipeline(gathered('assignment'));
    await batchOf(project, pipeline, 3);
    const mine = [await claimNext(ann, pipeline), await claimNext(ann, pipeline)];
    const [his] = await annotates(bob, pipeline, 1);

    const [first] = await untilFired(project, pipeline);
    expect(first?.data).toMatchObject({ kind: 'assignment', assignee: bob.id, itemCount: 1, items: [{ taskId: his }] });
    for (const item of mine) {
      expect(await contextsOf(project, pipeline)).toHaveLength(1);
      expectStatus(await ann.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, { values: {} }), 200);
    }

    const contexts = await untilFired(project, pipeline, 2);
    const hers = contexts.find(({ data }) => data.assignee === ann.id);
    expect(hers?.data.items.map(({ taskId }) => taskId).sort()).toEqual(mine.map((item) => item?.taskId).sort());
    await untilAllFinished(pipeline);
  });

  test('waits while there is work that could still become theirs, and fires when somebody else takes it', async () => {
    const pipeline = await project.pipeline(gathered('assignment'));
    const [item] = await batchOf(project, pipeline, 2);
    await annotates(ann, pipeline, 1);
    await untilArrived(project, item?.batchId ?? '', 1);
    expect(await contextsOf(project, pipeline)).toEqual([]);
    const taken = await claimNext(bob, pipeline);

    expect((await untilFired(project, pipeline))[0]?.data).toMatchObject({ assignee: ann.id, itemCount: 1 });
    expectStatus(await bob.post(`/node-instances/${String(taken?.nodeInstanceId)}/release`), 200);
    await annotates(ann, pipeline, 1);
    const contexts = await untilFired(project, pipeline, 2);
    expect(contexts.map(({ data }) => [data.assignee, data.itemCount])).toEqual([
      [ann.id, 1],
      [ann.id, 1],
    ]);
    await untilAllFinished(pipeline);
  });

  test('waits for rejected work to be done again', async () => {
    const pipeline = await project.pipeline(gathered('assignment', { reviewed: true }));
    const rita = await project.person('reviewer');
    const [item] = await batchOf(project, pipeline, 2);
    await annotates(ann, pipeline, 2);
    for (const verdict of ['approve', 'reject']) {
      const review = await claimNext(rita, pipeline);
      expectStatus(await rita.post(`/node-instances/${String(review?.nodeInstanceId)}/${verdict}`, {}), 200);
    }
    await untilArrived(project, item?.batchId ?? '', 1);
    expect(await contextsOf(project, pipeline)).toEqual([]);
    await annotates(ann, pipeline, 1);
    const again = await claimNext(rita, pipeline);
    expectStatus(await rita.post(`/node-instances/${String(again?.nodeInstanceId)}/approve`, {}), 200);

    const [context] = await untilFired(project, pipeline);
    expect(context?.data).toMatchObject({ assignee: ann.id, itemCount: 2 });
  });
});
