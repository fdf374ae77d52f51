// What is left undone where somebody was killed between two steps, made up for by who comes next. The killed part's last step is done by
// hand here, as it would have been.
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, inject, it } from 'vitest';
import { pipelineClock } from '../../db/queries/pauses.js';
import { findTrigger } from '../../db/queries/triggers.js';
import { resumePipeline } from '../../db/writes/pauses.js';
import { endTrigger } from '../../db/writes/triggers.js';
import { gathered } from '../support/checkpoints.js';
import { openClient, openPool } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const client = await openClient();
let project: TestProject;
let annotator: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  annotator = await project.person('annotator');
});

it('a trigger whose deletion was broken off makes nothing more, and is deleted by the next try, with its checkpoint', async () => {
  const pipeline = await project.pipeline(gathered('task'));
  const made = await project.admin.post<{ id: string; token: string }>(`/pipelines/${pipeline}/triggers`, {
    kind: 'webhook',
    node: 'start',
  });
  expectStatus(made, 201);
  const { id, token } = made.body;
  const deliver = () => project.admin.post<{ taskId: string }>(`/hooks/${token}`, { text: randomUUID() });
  const { taskId } = (await deliver()).body;
  await until('its work', () => label1(annotator, pipeline, taskId));
  const trigger = await findTrigger(pool, id);
  if (!trigger) throw new Error('no trigger');
  expect(await endTrigger(pool, trigger)).toBe(true);

  expect((await deliver()).status).not.toBe(201);
  expectStatus(await project.admin.send('DELETE', `/triggers/${id}`), 204);

  expect(await until('the checkpoint', () => claimNext(annotator, pipeline, { nodes: ['merge'] }))).toBeDefined();
  expectStatus(await project.admin.get(`/triggers/${id}`), 404);
});

it('a resume that was lost wakes what stopped, though a node was paused meanwhile', async () => {
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  const parked = async (): Promise<number | null> =>
    (await pool.query('select from streams where parked_in = $1', [pipeline])).rowCount;
  expectStatus(await project.admin.post(`/pipelines/${pipeline}/pause`), 200);
  const clock = await pipelineClock(pool, pipeline);
  if (!clock) throw new Error('no clock');
  await client.tellClock(`cycle:${taskId}.1`, clock);
  await until('the cycle to park', async () => (await parked()) === 1);
  expectStatus(await project.admin.post(`/pipelines/${pipeline}/nodes/qa/pause`), 200);
  await resumePipeline(pool, pipeline);

  await until('a reconcile of our own', async () => (await client.startReconcile(Date.now())) === 'started');

  await until('the cycle to wake', async () => (await parked()) === 0);
});
