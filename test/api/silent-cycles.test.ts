// A cycle that can't answer, as its workflow task fails, keeps nobody waiting but those who want something of it. Most of a case is
// waiting, and each has cycles of its own: they run side by side.
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrations } from '../support/migrations.js';
import { openClient, openPool } from '../support/open.js';
import type { TestProject } from '../support/project.js';
import { claimNext, expectStatus, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const client = await openClient();
const silenced: string[] = [];
let project: TestProject;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
});

const handleOf = (taskId: string) => client.temporal.workflow.getHandle(`cycle:${taskId}.1`);

afterAll(async () => {
  for (const taskId of silenced)
    await handleOf(taskId)
      .terminate()
      .catch(() => undefined);
});

/** In its cycle's place runs what no worker knows: each of its workflow tasks fails. */
async function silence(taskId: string): Promise<void> {
  silenced.push(taskId);
  await handleOf(taskId).terminate();
  const workflowId = handleOf(taskId).workflowId;
  await client.temporal.workflow.start('ofAnotherRelease', { workflowId, taskQueue: 'taskloom' });
  await until('its workflow task to fail', async () => (await client.standing(workflowId)).kind === 'silent', 30_000);
}

it.concurrent('is passed over by a reconcile, and records once it can', { timeout: 60_000 }, async () => {
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  await silence(taskId);
  const since = Date.now() - 60_000;

  await until('a reconcile of our own', async () => (await client.startReconcile(since)) === 'started', 30_000);
  await client.temporal.workflow.getHandle('reconcile').result();

  // Temporal keeps it aside while a workflow task is under way.
  await until('the signal to be in its history', async () => {
    const { events } = await handleOf(taskId).fetchHistory();
    return events?.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'resync');
  });
  const { rows } = await pool.query('select status from streams where id = $1', [handleOf(taskId).workflowId]);
  expect(rows).toEqual([{ status: 'open' }]);
});

it.concurrent.each([
  { dryRun: true, others: 'movable' },
  { dryRun: false, others: 'moved' },
])('stays where it is in a migration, and the others are $others', { timeout: 120_000 }, async ({ dryRun, others }) => {
  const definition = reviewed();
  const pipeline = await project.pipeline(definition);
  const [silent, other] = [await project.task(pipeline), await project.task(pipeline)];
  await silence(silent);
  expectStatus(await project.admin.put(`/pipelines/${pipeline}`, migrations.withoutReview(definition)), 200);
  const begun = await project.admin.post<{ id: string }>(`/pipelines/${pipeline}/migrate`, { dryRun });
  expectStatus(begun, 201);

  const { cycles, reasons } = await migrations.finished(project.admin, begun.body.id);

  const outcomes = new Map(cycles.map(({ taskId, outcome, reason }) => [taskId, [outcome, reason]]));
  expect(outcomes.get(silent)).toEqual(['stays', 'NO_ANSWER']);
  expect(outcomes.get(other)).toEqual([others, null]);
  expect(reasons).toEqual([{ reason: 'NO_ANSWER', node: null, count: 1 }]);
  const timeline = await project.admin.get<{ items: { type: string }[] }>(`/tasks/${other}/timeline`);
  expect(timeline.body.items.some(({ type }) => type === 'migrated')).toBe(!dryRun);
});

it.concurrent('keeps its own events waiting for triggers, not those of others', { timeout: 60_000 }, async () => {
  const [source, target] = [await project.pipeline(reviewed()), await project.pipeline(reviewed())];
  const [silent, other] = [await project.task(source), await project.task(source)];
  await silence(silent);
  const body = { kind: 'event', node: 'start', on: 'task.status', status: 'escalated', pipelineId: source };
  expectStatus(await project.admin.post(`/pipelines/${target}/triggers`, body), 201);
  const happens = (taskId: string, sequence: number) =>
    pool.query(
      `insert into outbox (project_id, pipeline_id, task_id, stream_id, sequence, decided_at, types, transaction, was, status)
       select t.project_id, t.pipeline_id, t.id, 'cycle:' || t.cycle_id, $2, 1, '{}', pg_current_xact_id()::text::bigint, 'pending', 'escalated'
         from tasks t where t.id = $1`,
      [taskId, sequence],
    );
  const made = async (): Promise<(string | undefined)[]> => {
    const { rows } = await pool.query<{ of: string }>(
      `select metadata -> 'triggeredFrom' ->> 'taskId' as of from tasks where pipeline_id = $1 order by created_at, id`,
      [target],
    );
    return rows.map(({ of }) => of);
  };

  await happens(silent, 2);
  await happens(silent, 3);
  await happens(other, 0);
  await until('the trigger to fire for the other', async () => (await made()).length === 1, 30_000);
  expect(await made()).toEqual([other]);

  await handleOf(silent).terminate();
  await until('the trigger to fire for both', async () => (await made()).length === 3, 30_000);
  expect(await made()).toEqual([other, silent, silent]);
});

it.concurrent(
  'is skipped where a member leaves, and the rest of their work is freed',
  { timeout: 60_000 },
  async () => {
    const pipeline = await project.pipeline(reviewed());
    const leaver = await project.person('annotator');
    const other = await project.person('annotator');
    for (let held = 0; held < 7; held += 1) await project.task(pipeline);
    const items = await Promise.all(Array.from({ length: 7 }, () => claimNext(leaver, pipeline)));
    const tasks = items.map((item) => item?.taskId ?? '').sort();
    // As many as are asked at a time.
    await Promise.all(tasks.slice(0, 5).map(silence));
    expectStatus(await project.admin.send('DELETE', `/projects/${project.id}/members/${leaver.id}`), 204);

    for (const task of tasks.slice(5)) {
      await until('it to be free', () => claimNext(other, pipeline, { tasks: [task] }), 40_000);
    }
  },
);
