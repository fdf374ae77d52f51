// Reworks beside each other: each that begins is there, and what one has done can be revised while the others go on.
import { beforeAll, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, newProject, sideBySide } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let annotator: Person;
let reviewer: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, reviewer] = [await project.person('annotator'), await project.person('reviewer')];
});

const submits = async (pipeline: string, taskId: string, node: string): Promise<void> => {
  const asked = { tasks: [taskId], nodes: [node] };
  const item = await until(`work at ${node}`, () => claimNext(annotator, pipeline, asked));
  expectStatus(await annotator.post(`/node-instances/${item.nodeInstanceId}/submit`, { values: { label: 'x' } }), 200);
};

const judges = async (review: string, verdict: string): Promise<void> => {
  expectStatus(await reviewer.post(`/node-instances/${review}/claim`), 200);
  expectStatus(await reviewer.post(`/node-instances/${review}/${verdict}`, {}), 200);
};

it('two reviews of one task that reject at once give two reworks, and the task comes to its end', async () => {
  const pipeline = await project.pipeline(sideBySide());
  const worksBoth = async (taskId: string, visit: number): Promise<string[]> => {
    for (const node of ['annotate', 'second']) await submits(pipeline, taskId, node);
    const reviews = [`${taskId}.1.qa.${String(visit)}`, `${taskId}.1.qa-second.${String(visit)}`];
    for (const review of reviews) expectStatus(await reviewer.post(`/node-instances/${review}/claim`), 200);
    return reviews;
  };
  const judgesBoth = async (reviews: string[], verdict: string): Promise<void> => {
    const judged = reviews.map((review) => reviewer.post(`/node-instances/${review}/${verdict}`, {}));
    for (const reply of await Promise.all(judged)) expectStatus(reply, 200);
  };
  const tasks = await Promise.all([1, 2, 3, 4, 5].map(() => project.task(pipeline)));
  const first = await Promise.all(tasks.map((taskId) => worksBoth(taskId, 1)));

  // Which of the two is decided while the other's child starts is a matter of milliseconds: one task at a time.
  for (const reviews of first) await judgesBoth(reviews, 'reject');

  for (const reviews of await Promise.all(tasks.map((taskId) => worksBoth(taskId, 2))))
    await judgesBoth(reviews, 'approve');
  for (const taskId of tasks)
    await until('its end', async () => (await project.admin.get(`/tasks/${taskId}`)).body['status'] === 'finished');
});

it('what a rework has done can be revised while the task goes on', async () => {
  const pipeline = await project.pipeline(sideBySide());
  const taskId = await project.task(pipeline);
  await submits(pipeline, taskId, 'annotate');
  await judges(`${taskId}.1.qa.1`, 'reject');
  await submits(pipeline, taskId, 'annotate');
  await until('the review', async () => (await reviewer.post(`/node-instances/${taskId}.1.qa.2/claim`)).status === 200);
  expectStatus(await reviewer.post(`/node-instances/${taskId}.1.qa.2/approve`, {}), 200);
  const reworked = `${taskId}.1.annotate.2`;
  const revise = (values: object) => project.admin.post(`/node-instances/${reworked}/revise`, { values });
  await until('the end of the rework', async () => (await revise({ label: 'revised' })).status === 200);

  const again = await revise({ label: 'revised again' });

  expect(again).toMatchObject({
    status: 200,
    body: { nodeInstanceId: reworked, status: 'finished', outcome: 'complete' },
  });
  expect(again.body['version']).toEqual(expect.any(Number));
  const nodes = await project.admin.get<{ items: { node: string; instances: { submission: unknown }[] }[] }>(
    `/tasks/${taskId}/nodes`,
  );
  expect(nodes.body.items.find(({ node }) => node === 'annotate')?.instances.at(-1)).toMatchObject({
    id: reworked,
    submission: { values: { label: 'revised again' } },
  });
});
