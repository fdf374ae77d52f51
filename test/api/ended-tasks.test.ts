// Commands on tasks whose cycle has ended, over HTTP: they are revised, answered anew, and run again.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { openPool } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed, vote1, voted } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();

let project: TestProject;
let ann: Person;
let rita: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [ann, rita] = await Promise.all([project.person('annotator'), project.person('reviewer')]);
});

/** As where the server was lost between the command and its answer. */
const loseAnswer = (key: string) =>
  pool.query('update idempotency_keys set status = null, answer = null where key = $1', [key]);

const taskOf = async (taskId: string) =>
  (
    await project.admin.get<{ status: string; outcome: string | null; cycleId: string; version: number }>(
      `/tasks/${taskId}`,
    )
  ).body;
const ends = (taskId: string): Promise<boolean> =>
  until('the end', async () => (await taskOf(taskId)).status === 'finished');

/** annotate → qa → done, all of it done. */
async function finishedTask(definition = reviewed()): Promise<{ pipeline: string; taskId: string; work: string }> {
  const pipeline = await project.pipeline(definition);
  const taskId = await project.task(pipeline);
  const work = await label1(ann, pipeline, taskId, 'first');
  await judge(rita, pipeline, taskId, 'approve');
  await ends(taskId);
  return { pipeline, taskId, work };
}

interface Visit {
  id: string;
  version: number;
  status: string;
  outcome: string | null;
  submission: { values: unknown } | null;
}
const visitsAt = async (taskId: string, node: string): Promise<Visit[]> => {
  const { body } = await project.admin.get<{ items: { node: string; instances: Visit[] }[] }>(`/tasks/${taskId}/nodes`);
  return body.items.find((item) => item.node === node)?.instances ?? [];
};
const exported = async (pipeline: string) => {
  const { body } = await project.admin.get<{ results: Record<string, { values: unknown; performer: string }> }>(
    `/exports?pipelineId=${pipeline}&format=jsonl`,
  );
  return body.results;
};
const cyclesOf = async (taskId: string) =>
  (await project.admin.get<{ items: { id: string }[] }>(`/tasks/${taskId}/cycles`)).body.items.length;

describe('a revision of a task that has ended', () => {
  it('takes the place of what was handed in, in the one cycle that there is', async () => {
    const { pipeline, taskId, work } = await finishedTask();
    const before = await taskOf(taskId);
    const path = `/node-instances/${work}/revise`;
    const key = { 'idempotency-key': `revise-${taskId}` };
    const body = { values: { label: 'revised' } };

    const revised = await project.admin.post(path, body, key);

    expect(revised).toMatchObject({
      ...{ status: 200, body: { nodeInstanceId: work, taskId, status: 'finished', outcome: 'complete' } },
    });
    expect(await visitsAt(taskId, 'annotate')).toMatchObject([
      { id: work, version: revised.body['version'], submission: { values: { label: 'revised' } } },
    ]);
    expect(await exported(pipeline)).toMatchObject({
      annotate: { values: { label: 'revised' }, performer: ann.id },
    });
    const after = await taskOf(taskId);
    expect(after).toMatchObject({ status: 'finished', outcome: 'complete', cycleId: before.cycleId });
    expect(after.version).toBeGreaterThan(before.version);
    expect(await cyclesOf(taskId)).toBe(1);
    const timeline = await project.admin.get<{ items: { type: string; instanceId: string; actor: string }[] }>(
      `/tasks/${taskId}/timeline`,
    );
    expect(timeline.body.items.at(-1)).toMatchObject({ type: 'revised', instanceId: work, actor: project.admin.id });

    await loseAnswer(key['idempotency-key']);
    expect((await project.admin.post(path, body, key)).body).toEqual(revised.body);
    expect(await visitsAt(taskId, 'annotate')).toMatchObject([{ version: revised.body['version'] }]);
  });

  it('is refused to whom, for what and as it would be in an open one; then nothing has changed', async () => {
    const { taskId, work } = await finishedTask();
    const { version } = await taskOf(taskId);
    const [visit] = await visitsAt(taskId, 'annotate');
    const revise = (person: Person, id: string, body: object) => person.post(`/node-instances/${id}/revise`, body);
    const values = { label: 'x' };
    const stranger = (await newProject(apiUrl, operatorKey)).admin;

    const told = await Promise.all([
      revise(ann, work, { values }),
      revise(project.admin, work, { values: { no: 1 } }),
      revise(project.admin, work, { values, expectedVersion: (visit?.version ?? 0) - 1 }),
      revise(project.admin, `${taskId}.1.qa.1`, { values }),
      revise(project.admin, `${taskId}.1.done.1`, { values }),
      revise(stranger, work, { values }),
    ]);

    expect(told.map(({ body }) => body['code'])).toEqual([
      'FORBIDDEN',
      'FORM_INVALID',
      'STALE_TASK',
      'INVALID_ACTION',
      expect.stringMatching(/FORM_INVALID|INVALID_ACTION|REOPEN_REFUSED/),
      'NOT_FOUND',
    ]);
    expect((await taskOf(taskId)).version).toBe(version);
    expect(await revise(project.admin, work, { values, expectedVersion: visit?.version })).toMatchObject({
      status: 200,
    });
  });

  it('by two at once is one and one; of two that saw the same, one', async () => {
    const { taskId, work } = await finishedTask();
    const [visit] = await visitsAt(taskId, 'annotate');
    const revise = (label: string, more: object = {}) =>
      project.admin.post(`/node-instances/${work}/revise`, { values: { label }, ...more });

    const same = { expectedVersion: visit?.version };
    const told = await Promise.all([revise('a', same), revise('b', same)]);
    expect(told.map(({ status }) => status).sort()).toEqual([200, 409]);
    const both = await Promise.all([revise('c'), revise('d')]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await visitsAt(taskId, 'annotate'))[0]?.version).toBe((visit?.version ?? 0) + 3);
  });

  it('that says so has what comes after it run again, with the new values, and later ones too', async () => {
    const { pipeline, taskId, work } = await finishedTask();
    const path = `/node-instances/${work}/revise`;
    const key = { 'idempotency-key': `rerun-${taskId}` };
    const body = { values: { label: 'second' }, rerun: true };

    const revised = await project.admin.post(path, body, key);
    expectStatus(revised, 200);
    await loseAnswer(key['idempotency-key']);
    expect((await project.admin.post(path, body, key)).body).toEqual(revised.body);

    expect(await cyclesOf(taskId)).toBe(2);
    expect(await visitsAt(taskId, 'annotate')).toHaveLength(1);
    const review = await claimNext(rita, pipeline, { tasks: [taskId] });
    expect(review).toMatchObject({ nodeInstanceId: `${taskId}.2.qa.2`, reviewed: { values: { label: 'second' } } });
    expectStatus(await rita.post(`/node-instances/${taskId}.2.qa.2/approve`), 200);
    await ends(taskId);

    // Carried over twice, and revised while no cycle of its own is the present one.
    expectStatus(await project.admin.post(path, { values: { label: 'third' } }), 200);
    expectStatus(await project.admin.post(`/tasks/${taskId}/rerun`, { mode: 'resume', node: 'qa' }), 200);
    expect(await claimNext(rita, pipeline, { tasks: [taskId] })).toMatchObject({
      reviewed: { values: { label: 'third' } },
    });
  });

  it('runs nothing again where it was voted on, and is not of votes', async () => {
    const { nodes, edges, ...rest } = voted(1);
    const pipeline = await project.pipeline({
      ...rest,
      nodes: [...nodes, { key: 'annotate', kind: 'labeling', form: { type: 'object' } }],
      edges: [{ from: 'start', to: 'annotate' }, { from: 'annotate', to: 'vote' }, ...edges.slice(1)],
    });
    const taskId = await project.task(pipeline);
    const work = await label1(ann, pipeline, taskId);
    await vote1(await project.person('annotator'), pipeline, taskId, 'a');
    await ends(taskId);
    const revise = (id: string, more: object = {}) =>
      project.admin.post(`/node-instances/${id}/revise`, { values: { label: 'y' }, ...more });

    expect((await revise(work, { rerun: true })).body).toMatchObject({ code: 'REOPEN_REFUSED' });
    expect((await visitsAt(taskId, 'annotate'))[0]?.submission).toMatchObject({ values: { label: 'x' } });
    expect((await revise(`${taskId}.1.vote.1`)).body).toMatchObject({ code: 'NOT_MOVABLE' });
    expectStatus(await revise(work), 200);
    expect(await taskOf(taskId)).toMatchObject({ status: 'finished' });
  });
});

describe('a reopen of a task that has ended', () => {
  it('with values hands them in at once, and what comes after runs again', async () => {
    const { pipeline, taskId, work } = await finishedTask();
    const [visit] = await visitsAt(taskId, 'annotate');
    const path = `/node-instances/${work}/reopen`;
    const key = { 'idempotency-key': `reopen-${taskId}` };
    const body = { values: { label: 'better' } };
    expect((await ann.post(path, { values: { no: 1 } })).body).toMatchObject({ code: 'FORM_INVALID' });
    expect((await ann.post(path, { ...body, action: 'dance' })).body).toMatchObject({ code: 'INVALID_ACTION' });
    const stale = { ...body, expectedVersion: (visit?.version ?? 0) + 1 };
    expect((await ann.post(path, stale)).body).toMatchObject({ code: 'STALE_TASK' });
    expect(await cyclesOf(taskId)).toBe(1);

    const reopened = await ann.post(path, { ...body, expectedVersion: visit?.version }, key);

    const opened = `${taskId}.2.annotate.2`;
    expect(reopened).toMatchObject({ status: 200, body: { nodeInstanceId: opened, status: 'submitted' } });
    await loseAnswer(key['idempotency-key']);
    expect((await ann.post(path, { ...body, expectedVersion: visit?.version }, key)).body).toEqual(reopened.body);
    expect(await claimNext(rita, pipeline, { tasks: [taskId] })).toMatchObject({ reviewed: { values: body.values } });
    expectStatus(await rita.post(`/node-instances/${taskId}.2.qa.2/approve`), 200);
    await ends(taskId);
    expect(await exported(pipeline)).toMatchObject({ annotate: { values: body.values, performer: ann.id } });
    expect(await cyclesOf(taskId)).toBe(2);
  });

  it('changes the outcome in one call', async () => {
    const { taskId, work } = await finishedTask();

    const reopened = await project.admin.post(`/node-instances/${work}/reopen`, { action: 'discard' });

    expect(reopened).toMatchObject({ status: 200, body: { status: 'finished', outcome: 'discard' } });
    await until('the end', async () => (await taskOf(taskId)).outcome === 'discard');
    expect(await taskOf(taskId)).toMatchObject({ status: 'finished', outcome: 'discard' });
  });

  it('hands nothing in while its pipeline is paused hard', async () => {
    const { pipeline, taskId, work } = await finishedTask();
    const reopen = () => ann.post(`/node-instances/${work}/reopen`, { values: { label: 'z' } });
    expectStatus(await project.admin.post(`/pipelines/${pipeline}/pause`, { mode: 'hard' }), 200);
    expect((await reopen()).body).toMatchObject({ code: 'PIPELINE_PAUSED' });
    expectStatus(await project.admin.post(`/pipelines/${pipeline}/resume`), 200);
    expect(await cyclesOf(taskId)).toBe(1);
    expect(await reopen()).toMatchObject({ status: 200, body: { status: 'submitted' } });
  });
});

describe('a command to a task', () => {
  it('that says by If-Match or expectedVersion what it saw is refused once that has changed', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const path = `/tasks/${taskId}`;
    const etag = async () => String((await project.admin.get(path)).headers.get('etag'));
    const first = await etag();
    const commands: [name: string, body: object][] = [
      ['priority', { priority: 0.9 }],
      ['tags', { tags: ['a'] }],
      ['pause', {}],
      ['resume', {}],
      ['rerun', { mode: 'restart', replace: true }],
      ['rerun', { mode: 'resume', replace: true }],
    ];
    for (const [index, [name, body]] of commands.entries()) {
      const key = { 'idempotency-key': `${taskId}-${String(index)}` };
      const seen = await etag();
      const done = await project.admin.post(`${path}/${name}`, body, { 'if-match': seen, ...key });
      expectStatus(done, 200);
      expect((await project.admin.post(`${path}/${name}`, body, { 'if-match': seen, ...key })).body).toEqual(done.body);
      const after = await etag();

      const stale = { status: 409, body: { code: 'STALE_TASK' } };
      expect(await project.admin.post(`${path}/${name}`, body, { 'if-match': first })).toMatchObject(stale);
      const inBody = { ...body, expectedVersion: Number(first.replaceAll('"', '')) };
      expect(await project.admin.post(`${path}/${name}`, inBody)).toMatchObject(stale);
      expect(await etag()).toBe(after);
    }
  });

  it('is not stale by itself: what was recorded, though its answer was lost, is answered again', async () => {
    const taskId = await project.task(await project.pipeline(reviewed()));
    const { version } = await taskOf(taskId);
    const key = { 'idempotency-key': taskId };
    const edit = () => project.admin.post(`/tasks/${taskId}/tags`, { tags: ['a'], expectedVersion: version }, key);
    expectStatus(await edit(), 200);
    await loseAnswer(taskId);
    expect(await edit()).toMatchObject({ status: 200, body: { tags: ['a'] } });
  });
});

describe('a restart', () => {
  it('has what failed at a sampled review once reviewed again', async () => {
    const { nodes, ...rest } = reviewed();
    const pipeline = await project.pipeline({ ...rest, nodes });
    const taskId = await project.task(pipeline);
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'reject');
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'approve');
    await ends(taskId);
    const sampled = nodes.map((node) => (node.key === 'qa' ? { ...node, sample: 0 } : node));
    expectStatus(await project.admin.put(`/pipelines/${pipeline}`, { ...rest, nodes: sampled }), 200);

    for (let again = 0; again < 2; again += 1) {
      expectStatus(await project.admin.post(`/tasks/${taskId}/rerun`, { mode: 'restart' }), 200);
      await label1(ann, pipeline, taskId);
      expect(await taskOf(taskId)).toMatchObject({ status: 'in_progress' });
      await judge(rita, pipeline, taskId, 'approve');
      await ends(taskId);
    }
    const other = await project.task(pipeline);
    await label1(ann, pipeline, other);
    await ends(other);
  });
});
