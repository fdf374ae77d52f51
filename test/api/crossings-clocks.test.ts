// Everything that runs by time stands still while its pipeline is paused, and has after it what was left: reservations, an external
// program's timeout. Leases and due dates are in test/api/pauses.test.ts. Most of a case is waiting, and each has a pipeline of its own:
// they run side by side.
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, inject, it, vi } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

vi.setConfig({ maxConcurrency: 6 });

let project: TestProject;
let admin: Person;
let ann: Person;
let bob: Person;
let rita: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  admin = project.admin;
  [ann, bob, rita] = await Promise.all([
    project.person('annotator'),
    project.person('annotator'),
    project.person('reviewer'),
  ]);
});

const turn = async (path: string): Promise<void> => {
  expectStatus(await admin.post(path, {}), 200);
};
/** Time has to go by: that is what a pause stops. */
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const nodesOf = async (taskId: string): Promise<string> =>
  (await admin.get<{ nodes: string[] }>(`/tasks/${taskId}`)).body.nodes.join();

it.concurrent('work that is kept for its author is kept as long after a pause as it was to be before', async () => {
  const pipeline = await project.pipeline(reviewed({ retain: 'PT4S' }));
  const taskId = await project.task(pipeline);
  await label1(ann, pipeline, taskId);
  await judge(rita, pipeline, taskId, 'reject');
  await turn(`/pipelines/${pipeline}/pause`);
  await pass(5_000);
  await turn(`/pipelines/${pipeline}/resume`);

  expect(await claimNext(bob, pipeline)).toBeUndefined();
  await until('it to be free', async () => (await claimNext(bob, pipeline)) !== undefined);
});

it.concurrent.each(['pipelines', 'nodes', 'tasks'] as const)(
  'an external program’s time stands still, and runs out after the pause (%s)',
  async (what) => {
    const external = {
      key: 'agent',
      kind: 'external',
      pathways: ['solved'],
      timeout: 'PT4S',
      form: { type: 'object' },
    };
    const pipeline = await project.pipeline({
      name: `answered ${randomUUID()}`,
      nodes: [
        { key: 'start', kind: 'start' },
        external,
        { key: 'person', kind: 'labeling', form: { type: 'object' } },
        { key: 'done', kind: 'end' },
      ],
      edges: [
        { from: 'start', to: 'agent' },
        { from: 'agent', on: 'solved', to: 'done' },
        { from: 'agent', on: 'timeout', to: 'person' },
        { from: 'person', to: 'done' },
      ],
    });
    const taskId = await project.task(pipeline);
    const paths = {
      pipelines: `/pipelines/${pipeline}`,
      nodes: `/pipelines/${pipeline}/nodes/agent`,
      tasks: `/tasks/${taskId}`,
    };
    await turn(`${paths[what]}/pause`);
    await pass(5_000);
    expect(await nodesOf(taskId)).toBe('agent');
    await turn(`${paths[what]}/resume`);
    const resumed = Date.now();
    expect(await nodesOf(taskId)).toBe('agent');

    await until('the time to run out', async () => (await nodesOf(taskId)) === 'person');
    expect(Date.now() - resumed).toBeGreaterThan(1_000);
  },
);

it.concurrent('what is kept from a replaced cycle is kept on the running clock too', async () => {
  const pipeline = await project.pipeline(reviewed({ retain: 'PT4S' }));
  const taskId = await project.task(pipeline);
  await label1(ann, pipeline, taskId);
  await turn(`/pipelines/${pipeline}/pause`);
  const again = { mode: 'resume', node: 'annotate', replace: true };
  expectStatus(await admin.post(`/tasks/${taskId}/rerun`, again), 200);
  await pass(5_000);
  await turn(`/pipelines/${pipeline}/resume`);

  expect(await claimNext(bob, pipeline)).toBeUndefined();
  await until('it to be free', async () => (await claimNext(bob, pipeline)) !== undefined);
});

it.concurrent('a lease has what was left of it in a rework, which its task’s pause stops', async () => {
  const pipeline = await project.pipeline(reviewed({ lease: 'PT4S', retain: 'PT1S' }));
  const taskId = await project.task(pipeline);
  await label1(ann, pipeline, taskId);
  await judge(rita, pipeline, taskId, 'reject');
  const held = await claimNext(ann, pipeline);
  await turn(`/tasks/${taskId}/pause`);
  await pass(5_000);
  await turn(`/tasks/${taskId}/resume`);

  const path = `/node-instances/${String(held?.nodeInstanceId)}`;
  expect(
    (
      await admin.get<{ items: { instances: { id: string; assignee: string | null }[] }[] }>(`/tasks/${taskId}/nodes`)
    ).body.items
      .flatMap(({ instances }) => instances)
      .find(({ id }) => id === held?.nodeInstanceId),
  ).toMatchObject({ assignee: ann.id });
  expectStatus(await ann.post(`${path}/submit`, { values: { label: 'x' } }), 200);
});
