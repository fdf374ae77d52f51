// Pausing a pipeline: one row, whatever is open; clocks stop, work in hand is taken in or refused, and a resume wakes what stopped.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Moment } from '../support/moments.js';
import { expectBetween, moment } from '../support/moments.js';
import { openClient, openPool } from '../support/open.js';
import type { Person, TestProject, WorkItem } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const client = await openClient();

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

interface Paused {
  pausedAt: string | null;
  mode: string | null;
  resume: { toWake: number; woken: number } | null;
}

const turn = async (path: string, body: object = {}): Promise<Paused> => {
  const reply = await manager.post<Paused>(path, body);
  expectStatus(reply, 200);
  return reply.body;
};
const statusOf = async (taskId: string): Promise<unknown> => (await manager.get(`/tasks/${taskId}`)).body['status'];
const claimed = async (person: Person, pipeline: string): Promise<WorkItem> => {
  const item = await claimNext(person, pipeline);
  if (!item) throw new Error('nothing to claim');
  return item;
};
/** When the lease of their only work ends, as it is shown. */
const leaseOf = async (person: Person): Promise<number> => {
  const { body } = await person.get<{ items: WorkItem[] }>('/me/work');
  return Date.parse(String(body.items[0]?.leaseUntil));
};
/** That it is shown to end later by as long as the pause is under way. */
async function expectStill(person: Person, before: number, paused: Moment): Promise<void> {
  let shown = 0;
  const looked = await moment(async () => (shown = await leaseOf(person)));
  expectBetween(shown - before, paused, looked);
}
/** Counted at rest: a task can be worked on before the workflow task that opened its first node is in the history. */
const historyLength = (taskId: string): Promise<number> =>
  until('the cycle to rest', async () => {
    const { raw, historyLength: events } = await client.temporal.workflow.getHandle(`cycle:${taskId}.1`).describe();
    return raw.pendingWorkflowTask ? undefined : events;
  });
/** Woken, as far as the pipeline tells; the resume is over when all are. */
const woken = (pipeline: string) =>
  until('the resume', async () => {
    const { resume } = (await manager.get<Paused>(`/pipelines/${pipeline}`)).body;
    return resume?.toWake === resume?.woken && resume ? resume : undefined;
  });
const parkedIn = async (pipeline: string): Promise<number | undefined> => {
  const text = 'select count(*)::int as n from streams where parked_in = $1';
  return (await pool.query<{ n: number }>(text, [pipeline])).rows[0]?.n;
};

describe('a paused pipeline', () => {
  it('is one row: no task, no stream and no cycle is touched, however many are open', async () => {
    const pipeline = await project.pipeline(reviewed());
    const tasks = Array.from({ length: 60 }, (_, index) => ({ data: { text: String(index) } }));
    expectStatus(await project.admin.post(`/pipelines/${pipeline}/tasks`, { tasks }), 201);
    const held = await claimed(annotator, pipeline);
    const rows = async () =>
      (
        await pool.query<object>(
          `select t.id, t.xmin::text as task, s.xmin::text as stream, n.xmin::text as instance from tasks t
             join streams s on s.id = 'cycle:' || t.cycle_id join node_instances n on n.stream_id = s.id
            where t.pipeline_id = $1 order by n.id`,
          [pipeline],
        )
      ).rows;
    const [before, events] = [await rows(), await historyLength(held.taskId)];

    const paused = await turn(`/pipelines/${pipeline}/pause`);

    expect(paused).toMatchObject({ mode: 'drain', keepTriggers: false });
    expect(Date.now() - Date.parse(String(paused.pausedAt))).toBeLessThan(5_000);
    expect(await rows()).toEqual(before);
    expect(await historyLength(held.taskId)).toBe(events);
    const list = await manager.get<{ items: unknown[] }>(`/pipelines/${pipeline}/tasks?status=paused&limit=500`);
    expect(list.body.items).toHaveLength(60);
    expect((await manager.get(`/pipelines/${pipeline}/counts`)).body).toEqual({
      items: [{ status: 'paused', outcome: null, count: 60 }],
    });
    expect((await manager.get<{ items: unknown[] }>(`/pipelines/${pipeline}/tasks?status=pending`)).body.items).toEqual(
      [],
    );
    expect(await statusOf(held.taskId)).toBe('paused');

    await turn(`/pipelines/${pipeline}/resume`);

    expect(await statusOf(held.taskId)).toBe('in_progress');
    // Nobody had been told of the pause, so there is nobody to wake.
    expect(await woken(pipeline)).toEqual({ toWake: 0, woken: 0 });
    expect(await historyLength(held.taskId)).toBe(events);
  });

  it('is paused once and resumed once, however often it is asked, and takes another mode', async () => {
    const pipeline = await project.pipeline(reviewed());
    const key = { 'idempotency-key': pipeline };

    const first = await manager.post(`/pipelines/${pipeline}/pause`, { keepTriggers: true }, key);
    const again = await manager.post(`/pipelines/${pipeline}/pause`, { keepTriggers: true }, key);
    const harder = await turn(`/pipelines/${pipeline}/pause`, { mode: 'hard' });

    expect(again.body).toEqual(first.body);
    expect(harder).toMatchObject({ pausedAt: first.body['pausedAt'], mode: 'hard', keepTriggers: true });
    expect(await turn(`/pipelines/${pipeline}/resume`)).toMatchObject({ pausedAt: null, mode: null });
    expect(await turn(`/pipelines/${pipeline}/resume`)).toMatchObject({ pausedAt: null });
  });

  it('is for managers of the project alone', async () => {
    const pipeline = await project.pipeline(reviewed());
    const stranger = await newProject(apiUrl, operatorKey);
    const task = await project.task(pipeline);

    for (const path of [`/pipelines/${pipeline}`, `/pipelines/${pipeline}/nodes/annotate`, `/tasks/${task}`]) {
      for (const what of ['pause', 'resume']) {
        expect((await annotator.post(`${path}/${what}`)).status).toBe(403);
        expect((await stranger.admin.post(`${path}/${what}`)).status).toBe(404);
      }
    }
    expect((await manager.post(`/pipelines/${pipeline}/nodes/nowhere/pause`)).status).toBe(404);
    expect((await manager.post(`/pipelines/${pipeline}/pause`, { mode: 'soft' })).status).toBe(422);
  });

  it('lets nobody claim: not by claim, not by claim-next, not past the API', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const instance = `${taskId}.1.annotate.1`;
    await turn(`/pipelines/${pipeline}/pause`);
    const raw = { instance, actor: { id: annotator.id } };
    const claimRaw = () =>
      client.temporal.workflow.getHandle(`cycle:${taskId}.1`).executeUpdate('claim', { args: [raw] });

    const key = { 'idempotency-key': instance };
    for (const reply of [
      await annotator.post(`/node-instances/${instance}/claim`, {}, key),
      await annotator.post(`/pipelines/${pipeline}/claim-next`),
    ]) {
      expect(reply).toMatchObject({ status: 409, body: { code: 'PIPELINE_PAUSED' } });
    }
    // A cycle that heard of the pause knows it by itself.
    await client.tellClock(`cycle:${taskId}.1`, await clockOf(pipeline));
    await until('the cycle to park', async () => (await parkedIn(pipeline)) === 1);
    await expect(claimRaw()).rejects.toMatchObject({ cause: { type: 'PIPELINE_PAUSED' } });

    await turn(`/pipelines/${pipeline}/resume`);
    expect(await woken(pipeline)).toEqual({ toWake: 1, woken: 1 });
    // The same key: nothing was changed by it, so it is no last word.
    expectStatus(await annotator.post(`/node-instances/${instance}/claim`, {}, key), 200);
  });

  it('goes on where it was: a lease has what was left of it, a due date is as far away', async () => {
    const pipeline = await project.pipeline(reviewed({ lease: 'PT4S' }));
    const due = Date.now() + 60_000;
    const taskId = await project.task(pipeline, { data: { text: 'a' }, dueAt: new Date(due).toISOString() });
    const worker = await project.person('annotator');
    const item = await claimed(worker, pipeline);
    await pause(1_000);
    const lease = await leaseOf(worker);

    const paused = await moment(() => turn(`/pipelines/${pipeline}/pause`));
    await pause(5_000);

    // The lease would have ended by now: its timer has fired, asked, and taken nothing.
    await until('the cycle to park', async () => (await parkedIn(pipeline)) === 1);
    await expectStill(worker, lease, paused);
    const resumed = await moment(() => turn(`/pipelines/${pipeline}/resume`));
    expect(await woken(pipeline)).toEqual({ toWake: 1, woken: 1 });
    const shown = await leaseOf(worker);
    expectBetween(shown - lease, paused, resumed);
    expectBetween(Date.parse(String((await manager.get(`/tasks/${taskId}`)).body['dueAt'])) - due, paused, resumed);
    await until('the lease to lapse', async () => (await claimNext(other, pipeline)) !== undefined);
    expect(Date.now()).toBeGreaterThanOrEqual(shown);
    expect(item.taskId).toBe(taskId);
  });
});

describe('a drain', () => {
  it('takes in what is held, opens what follows for nobody, and wakes only what stopped', async () => {
    const pipeline = await project.pipeline(reviewed());
    const [taskId, bystander] = [await project.task(pipeline), await project.task(pipeline)];
    const events = await historyLength(bystander);
    const work = await claimNext(annotator, pipeline, { tasks: [taskId] });
    await turn(`/pipelines/${pipeline}/pause`);

    const path = `/node-instances/${String(work?.nodeInstanceId)}`;
    expectStatus(await annotator.post(`${path}/heartbeat`), 200);
    expectStatus(await annotator.post(`${path}/submit`, { values: { label: 'a' } }), 200);

    const review = `/node-instances/${taskId}.1.qa.1/claim`;
    expect(await reviewer.post(review)).toMatchObject({ status: 409, body: { code: 'PIPELINE_PAUSED' } });
    expect((await manager.get(`/tasks/${taskId}`)).body).toMatchObject({ status: 'paused', nodes: ['qa'] });
    expect(await parkedIn(pipeline)).toBe(1);
    const description = await client.temporal.workflow.getHandle(`cycle:${taskId}.1`).describe();
    expect(description.typedSearchAttributes.getAll().map(({ value }) => value)).toContain('paused');

    await turn(`/pipelines/${pipeline}/resume`);
    expect(await woken(pipeline)).toEqual({ toWake: 1, woken: 1 });
    await until('the cycle to wake', async () => (await parkedIn(pipeline)) === 0);
    expect(await historyLength(bystander)).toBe(events);
    await judge(reviewer, pipeline, taskId, 'approve');
    expect(await statusOf(taskId)).toBe('finished');
  });
});

describe('a hard pause', () => {
  it('refuses what is handed in, and keeps it as the draft of its holder', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const item = await claimed(annotator, pipeline);
    const path = `/node-instances/${item.nodeInstanceId}`;
    await turn(`/pipelines/${pipeline}/pause`, { mode: 'hard' });

    const refused = await annotator.post(`${path}/submit`, { values: { label: 'kept' } });

    expect(refused).toMatchObject({ status: 409, body: { code: 'PIPELINE_PAUSED' } });
    const { body } = await annotator.get<{ items: { nodeInstanceId: string; draft: unknown }[] }>('/me/work');
    expect(body.items.find(({ nodeInstanceId }) => nodeInstanceId === item.nodeInstanceId)?.draft).toEqual({
      label: 'kept',
    });
    await turn(`/pipelines/${pipeline}/resume`);
    expectStatus(await annotator.post(`${path}/submit`, { values: { label: 'kept' } }), 200);
    expect((await manager.get(`/tasks/${taskId}`)).body).toMatchObject({ nodes: ['qa'] });
  });
});

describe('a paused node', () => {
  it('is closed to claims while others are worked at, and its leases stand still', async () => {
    const pipeline = await project.pipeline(reviewed({ lease: 'PT3S' }));
    const [first, second] = [await project.task(pipeline), await project.task(pipeline)];
    await label1(annotator, pipeline, first);
    const worker = await project.person('annotator');
    const item = await claimed(worker, pipeline);
    const lease = await leaseOf(worker);
    const paused = await moment(() => turn(`/pipelines/${pipeline}/nodes/annotate/pause`));

    expect((await manager.get(`/pipelines/${pipeline}`)).body['pausedNodes']).toEqual(['annotate']);
    expect(await other.post(`/pipelines/${pipeline}/claim-next`)).toMatchObject({ body: { code: 'NODE_PAUSED' } });
    await judge(reviewer, pipeline, first, 'approve');
    await until('the timer to fire', async () => (await parkedIn(pipeline)) === 1);
    await expectStill(worker, lease, paused);

    const resumed = await moment(() => turn(`/pipelines/${pipeline}/nodes/annotate/resume`));
    expect(await woken(pipeline)).toEqual({ toWake: 1, woken: 1 });
    expectBetween((await leaseOf(worker)) - lease, paused, resumed);
    await until('the lease to lapse', async () => (await claimNext(other, pipeline)) !== undefined);
    expect(item.taskId).toBe(second);
  });
});

/** Time has to go by: that is what a pause stops. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function clockOf(pipeline: string) {
  const text = 'select pipeline_clock(p) as clock from pipelines p where id = $1';
  return (
    (await pool.query<{ clock: { pausedTotalMs: number } }>(text, [pipeline])).rows[0]?.clock ?? { pausedTotalMs: 0 }
  );
}
