// Triggers of a time and of events over a kill -9 of the worker: every firing is made up for, and is one task.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import type { TestProject } from '../support/project.js';
import { expectStatus, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

let own: OwnStack;
let project: TestProject;

beforeAll(async () => {
  own = await ownStack();
  project = await newProject(own.stack.apiUrl, own.operatorKey);
});

afterAll(() => own.stop());

async function trigger(pipeline: string, body: object): Promise<string> {
  const reply = await project.admin.post<{ id: string }>(`/pipelines/${pipeline}/triggers`, {
    node: 'annotate',
    ...body,
  });
  expectStatus(reply, 201);
  return reply.body.id;
}

async function begun(pipeline: string): Promise<{ tasks: number; begun: number; cycles: number }> {
  const { rows } = await own.pool.query<{ tasks: number; begun: number; cycles: number }>(
    `select count(distinct t.id)::int as tasks, count(distinct t.id) filter (where t.version > 0)::int as begun, count(c.id)::int as cycles
       from tasks t join cycles c on c.task_id = t.id where t.pipeline_id = $1`,
    [pipeline],
  );
  return rows[0] ?? { tasks: 0, begun: 0, cycles: 0 };
}

async function withoutWorker(meanwhile: () => Promise<unknown>): Promise<void> {
  const worker = own.stack.workers[0];
  if (!worker) throw new Error('no worker');
  await worker.kill('SIGKILL');
  await meanwhile();
  await worker.restart();
}

it('a trigger of a time fires for every second, also those without a worker', async () => {
  const pipeline = await project.pipeline(reviewed());
  const id = await trigger(pipeline, { kind: 'cron', every: 'PT1S' });
  const schedule = own.client.temporal.schedule.getHandle(`trigger:${id}`);
  const actions = async (): Promise<number> => (await schedule.describe()).info.numActionsTaken;
  await until('two firings', async () => (await begun(pipeline)).begun >= 2);
  await withoutWorker(async () => {
    const before = await actions();
    await until('four more', async () => (await actions()) >= before + 4, 30_000);
  });
  // Temporal stops firing first: what fires for a trigger that is paused makes no task.
  await schedule.pause();
  const fired = await actions();
  await until('a task for each', async () => (await begun(pipeline)).begun >= fired, 30_000);

  expect(await begun(pipeline)).toEqual({ tasks: fired, begun: fired, cycles: fired });
  expect((await project.admin.get(`/triggers/${id}`)).body).toMatchObject({ fired, lastError: null });
});

it('a trigger of events makes one task per event, with the worker killed among them', async () => {
  const [source, target] = [await project.pipeline(reviewed()), await project.pipeline(reviewed())];
  await trigger(target, { kind: 'event', on: 'task.created', pipelineId: source });
  const tasks = (count: number) => Array.from({ length: count }, (_, number) => ({ data: { number } }));
  const creating = project.admin.post(`/pipelines/${source}/tasks`, { tasks: tasks(100) });
  await until('some of them', async () => (await begun(target)).tasks >= 10);
  await withoutWorker(() => Promise.resolve());
  expectStatus(await creating, 201);

  await until('a task for each', async () => (await begun(target)).begun >= 100, 60_000);
  expect(await begun(target)).toEqual({ tasks: 100, begun: 100, cycles: 100 });
});
