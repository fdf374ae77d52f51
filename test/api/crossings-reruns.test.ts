// Running again beside what starts, changes and ends cycles: imports, live settings, duplicates and triggers. A replaced cycle says so.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { cyclesOf } from '../../db/queries/cycles-to-start.js';
import { openBatch, storeTasks } from '../../db/staging/tasks.js';
import { newTask } from '../../language/new-task.js';
import { openClient, openPool } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const client = await openClient();
const minute = 60_000;

let project: TestProject;
let admin: Person;
let ann: Person;
let rita: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  admin = project.admin;
  [ann, rita] = [await project.person('annotator'), await project.person('reviewer')];
});

const rerun = (taskId: string, body: object) =>
  admin.post<{ cycleId: string; code?: string }>(`/tasks/${taskId}/rerun`, body);
const taskOf = async (id: string) =>
  (await admin.get<{ status: string; outcome: string | null; cycleId: string }>(`/tasks/${id}`)).body;
const hasEnded = (id: string) => until(`${id} to end`, async () => (await taskOf(id)).outcome === 'complete');

interface Entry {
  type: string;
  actor: string | null;
  detail: { cause?: string; replacedBy?: string; outcome?: string };
}
const endsOf = async (taskId: string): Promise<Entry[]> => {
  const { body } = await admin.get<{ items: Entry[] }>(`/tasks/${taskId}/timeline?limit=500`);
  return body.items.filter(({ type }) => type === 'ended');
};
const openCycles = async (taskId: string): Promise<string[]> => {
  const { body } = await admin.get<{ items: { id: string; status: string }[] }>(`/tasks/${taskId}/cycles`);
  return body.items.filter(({ status }) => status === 'open').map(({ id }) => id);
};
const patch = (pipeline: string, node: string, settings: object) =>
  admin.send('PATCH', `/pipelines/${pipeline}/nodes/${node}/settings`, {
    body: JSON.stringify({ settings }),
    headers: { 'content-type': 'application/json' },
  });
const leaseOf = (item: { leaseUntil: string } | undefined): number =>
  Math.round((Date.parse(item?.leaseUntil ?? '') - Date.now()) / minute);

describe('a replaced cycle', () => {
  it('says on the timeline that it was replaced, by whom, and by which cycle', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const boss = await project.person('team_manager');
    await label1(ann, pipeline, taskId);
    expectStatus(await boss.post(`/tasks/${taskId}/rerun`, { mode: 'resume', replace: true }), 200);

    expect(await endsOf(taskId)).toMatchObject([
      { actor: boss.id, detail: { cause: 'replaced by a rerun', replacedBy: `${taskId}.2` } },
    ]);
  });

  it('takes its rework with it, which says the same', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'reject');
    const held = await claimNext(ann, pipeline);
    expectStatus(await rerun(taskId, { mode: 'resume', node: 'annotate', replace: true }), 200);

    expect(await endsOf(taskId)).toMatchObject(
      [1, 2].map(() => ({ actor: admin.id, detail: { cause: 'replaced by a rerun', replacedBy: `${taskId}.2` } })),
    );
    const late = await ann.post(`/node-instances/${String(held?.nodeInstanceId)}/submit`, {
      values: { label: 'late' },
    });
    expect(late.body).toMatchObject({ code: 'NODE_CLOSED' });
    expect(await claimNext(ann, pipeline)).toMatchObject({ nodeInstanceId: `${taskId}.2.annotate.3` });
  });

  it('leaves what somebody had begun for them to go on with, until that is handed in', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const held = await claimNext(ann, pipeline);
    const path = `/node-instances/${String(held?.nodeInstanceId)}`;
    expectStatus(await ann.post(`${path}/heartbeat`, { values: { label: 'half' } }), 200);
    expectStatus(await rerun(taskId, { mode: 'restart', replace: true }), 200);

    const bob = await project.person('annotator');
    const other = await claimNext(bob, pipeline);
    expect(other).toMatchObject({ draft: null });
    expectStatus(await bob.post(`/node-instances/${String(other?.nodeInstanceId)}/release`), 200);
    expect(await claimNext(ann, pipeline)).toMatchObject({ taskId, draft: { label: 'half' } });
    const submit = `/node-instances/${taskId}.2.annotate.1/submit`;
    expectStatus(await ann.post(submit, { values: { label: 'whole' } }), 200);
    await judge(rita, pipeline, taskId, 'reject');
    expect(await claimNext(ann, pipeline)).toMatchObject({ draft: null, rejected: { values: { label: 'whole' } } });
  });

  it('goes on, and its claims stay, where the rerun would be refused', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const held = await claimNext(ann, pipeline);
    for (const node of ['qa', 'nowhere', 'done']) {
      const refused = await rerun(taskId, { mode: 'resume', node, replace: true });
      expect(refused).toMatchObject({ status: 409, body: { code: 'RERUN_REFUSED' } });
    }

    expect(await openCycles(taskId)).toEqual([`${taskId}.1`]);
    const submit = `/node-instances/${String(held?.nodeInstanceId)}/submit`;
    expectStatus(await ann.post(submit, { values: { label: 'x' } }), 200);
  });

  it('is one whose start was on its way: it ends by itself, and nothing of it is ever seen', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { rows } = await pool.query<{ id: string }>('select id from pipeline_versions where pipeline_id = $1', [
      pipeline,
    ]);
    const home = {
      projectId: project.id,
      pipelineId: pipeline,
      versionId: rows[0]?.id ?? '',
      batchId: `bat_${pipeline}`,
    };
    const taskId = `tsk_${pipeline}`;
    await openBatch(pool, { ...home, kind: 'import' });
    await storeTasks(pool, home, [newTask(taskId, { data: { text: 'a' } }, 0)]);
    // As the import has read it, and not yet started it.
    const [first] = await cyclesOf(pool, [taskId]);
    expect((await rerun(taskId, { mode: 'restart', replace: true })).body).toMatchObject({ cycleId: `${taskId}.2` });
    if (!first) throw new Error('nothing to start');
    await client.startCycle(first);

    await until('the stray cycle to end', async () => (await client.standing(`cycle:${taskId}.1`)).kind === 'closed');
    const recorded = await pool.query('select from streams where cycle_id = $1', [`${taskId}.1`]);
    expect(recorded.rowCount).toBe(0);
    expect(await client.standing(`cycle:${taskId}.2`)).toMatchObject({ kind: 'open' });
    const items = [await claimNext(ann, pipeline), await claimNext(ann, pipeline)];
    expect(items.map((item) => item?.nodeInstanceId)).toEqual([`${taskId}.2.annotate.1`, undefined]);
  });

  it('is no end of its task to triggers', async () => {
    const source = await project.pipeline(reviewed());
    const target = await project.pipeline(reviewed());
    const body = { node: 'start', kind: 'event', on: 'task.status', pipelineId: source, status: 'finished' };
    expectStatus(await admin.post(`/pipelines/${target}/triggers`, body), 201);
    const taskId = await project.task(source);
    for (let round = 0; round < 2; round += 1) {
      expectStatus(await rerun(taskId, { mode: 'restart', replace: true }), 200);
    }
    await label1(ann, source, taskId);
    await judge(rita, source, taskId, 'approve');

    // What comes of the real end comes after anything that the replaced ones could have set off.
    const fired = await until('the trigger', async () => {
      const { items } = (await admin.get<{ items: object[] }>(`/pipelines/${target}/tasks`)).body;
      return items.length > 0 ? items : undefined;
    });
    expect(fired).toHaveLength(1);
  });
});

describe('live settings', () => {
  it('are in force in the next cycle from its beginning, also where the one before had kept its own', async () => {
    const pipeline = await project.pipeline(reviewed({ lease: 'PT10M' }));
    const taskId = await project.task(pipeline);
    expectStatus(await patch(pipeline, 'annotate', { lease: 'PT20M' }), 200);
    expect(leaseOf(await claimNext(ann, pipeline))).toBe(10);
    expectStatus(await rerun(taskId, { mode: 'resume', node: 'annotate', replace: true }), 200);

    expect(leaseOf(await claimNext(ann, pipeline))).toBe(20);
    const state = await client.state(`cycle:${taskId}.2`);
    expect(state.plan.settings).toBe(1);
  });

  it('hold in a rework that runs, and in what follows it', async () => {
    const pipeline = await project.pipeline(reviewed({ lease: 'PT10M' }));
    const taskId = await project.task(pipeline);
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'reject');
    expectStatus(await patch(pipeline, 'qa', { lease: 'PT40M', limits: { maxReviewFailures: 1 } }), 200);
    await label1(ann, pipeline, taskId);
    const again = await claimNext(rita, pipeline);
    expect(leaseOf(again)).toBe(40);
    expectStatus(await rita.post(`/node-instances/${String(again?.nodeInstanceId)}/reject`), 200);

    // Two failures, of which one is allowed.
    expect(await taskOf(taskId)).toMatchObject({ status: 'escalated' });
  });

  it('stay in force through a migration, for cycles that had heard of them and cycles that had not', async () => {
    const definition = reviewed({ lease: 'PT10M' });
    const pipeline = await project.pipeline(definition);
    const [deaf, knowing] = [await project.task(pipeline), await project.task(pipeline)];
    expectStatus(await patch(pipeline, 'qa', { lease: 'PT40M' }), 200);
    await label1(ann, pipeline, knowing);
    const nodes = definition.nodes.map((node) => (node.key === 'qa' ? { ...node, title: 'Second look' } : node));
    expectStatus(await admin.put(`/pipelines/${pipeline}`, { ...definition, nodes }), 200);
    const begun = await admin.post<{ id: string }>(`/pipelines/${pipeline}/migrate`, {});
    await until(
      'the migration',
      async () => (await admin.get(`/migrations/${begun.body.id}`)).body['status'] === 'finished',
    );
    await label1(ann, pipeline, deaf);

    for (const taskId of [deaf, knowing]) {
      expect(leaseOf(await claimNext(rita, pipeline, { tasks: [taskId] }))).toBe(40);
      expect((await client.state(`cycle:${taskId}.1`)).plan.settings).toBe(1);
    }
  });
});

it('a task that is run again is no duplicate of itself, and keeps others out as before', async () => {
  const pipeline = await project.pipeline({ ...reviewed(), onDuplicate: 'refuse' });
  const taskId = await project.task(pipeline, { externalId: 'a', data: { text: 'a' } });
  await label1(ann, pipeline, taskId);
  await judge(rita, pipeline, taskId, 'approve');
  await hasEnded(taskId);

  expectStatus(await rerun(taskId, { mode: 'restart' }), 200);
  expect(await admin.post(`/pipelines/${pipeline}/tasks`, { externalId: 'a', data: {} })).toMatchObject({
    status: 409,
    body: { code: 'DUPLICATE_TASK' },
  });
  expect(await openCycles(taskId)).toEqual([`${taskId}.2`]);
});
