// A pause outlives the workers: one that is killed takes nothing from it, and a resume that it was at goes on.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const tasks = 12;

let own: OwnStack;
let project: TestProject;
let annotator: Person;
let reviewer: Person;

beforeAll(async () => {
  own = await ownStack();
  project = await newProject(own.stack.apiUrl, own.operatorKey);
  [annotator, reviewer] = [await project.person('annotator'), await project.person('reviewer')];
});

afterAll(() => own.stop());

const parked = async (): Promise<number> =>
  Number(
    (await own.pool.query<{ n: number }>('select count(*)::int as n from streams where parked_in is not null')).rows[0]
      ?.n,
  );

it('wakes what stopped, each once, though the worker was killed during the pause and again at the resume', async () => {
  const pipeline = await project.pipeline(reviewed());
  const bodies = Array.from({ length: tasks }, (_, index) => ({ data: { text: String(index) } }));
  expectStatus(await project.admin.post(`/pipelines/${pipeline}/tasks`, { tasks: [...bodies, ...bodies] }), 201);
  const held = await Promise.all(bodies.map(() => claimNext(annotator, pipeline)));
  expectStatus(await project.admin.post(`/pipelines/${pipeline}/pause`), 200);
  for (const item of held) {
    const path = `/node-instances/${String(item?.nodeInstanceId)}/submit`;
    expectStatus(await annotator.post(path, { values: { label: 'x' } }), 200);
  }
  expect(await parked()).toBe(tasks);

  await own.stack.workers[0]?.kill('SIGKILL');
  expectStatus(await project.admin.post(`/pipelines/${pipeline}/resume`), 200);
  await own.stack.workers[0]?.restart();
  await until('the resume to have begun', async () => (await parked()) < tasks);
  await own.stack.workers[0]?.kill('SIGKILL');
  await own.stack.workers[0]?.restart();

  await until('everything to be awake', async () => (await parked()) === 0, 30_000);
  const { body } = await project.admin.get<{ resume: unknown }>(`/pipelines/${pipeline}`);
  expect(body.resume).toEqual({ toWake: tasks, woken: tasks });
  const states = await Promise.all(held.map((item) => own.client.state(`cycle:${String(item?.taskId)}.1`)));
  expect(states.every(({ clock }) => clock.pausedTotalMs > 0 && clock.pausedAtMs === undefined)).toBe(true);
  for (const item of held) {
    const review = await claimNext(reviewer, pipeline, { tasks: [item?.taskId] });
    expectStatus(await reviewer.post(`/node-instances/${String(review?.nodeInstanceId)}/approve`), 200);
  }
});

it('is begun by the next worker where whoever resumed died before it could', async () => {
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  const item = await claimNext(annotator, pipeline);
  expectStatus(await project.admin.post(`/pipelines/${pipeline}/pause`), 200);
  const path = `/node-instances/${String(item?.nodeInstanceId)}/submit`;
  expectStatus(await annotator.post(path, { values: { label: 'x' } }), 200);
  // The row says so, and no workflow was started.
  await own.pool.query(
    `update pipelines set paused_at = null, pause_turns = pause_turns + 1, paused_total_ms = paused_total_ms + 1 where id = $1`,
    [pipeline],
  );

  await own.stack.workers[0]?.kill('SIGKILL');
  await own.stack.workers[0]?.restart();

  await until('the cycle to wake', async () => (await parked()) === 0, 30_000);
  expect((await own.client.state(`cycle:${taskId}.1`)).clock.pausedAtMs).toBeUndefined();
  await label1(annotator, pipeline, await project.task(pipeline));
});
