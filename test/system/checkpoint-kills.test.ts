// The worker is killed between arrivals and while the last ones come: the checkpoint fires once all the same, and lets all go.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { annotates, batchOf, contextsOf, gathered, tasksOf, untilArrived, untilFired } from '../support/checkpoints.js';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, newProject } from '../support/project.js';
import { until } from '../support/until.js';

let own: OwnStack;
let project: TestProject;
let annotator: Person;

beforeAll(async () => {
  own = await ownStack();
  project = await newProject(own.stack.apiUrl, own.operatorKey);
  annotator = await project.person('annotator');
});

afterAll(() => own.stop());

it('starts one cycle with all items, whenever the worker dies', async () => {
  const pipeline = await project.pipeline(gathered('task'));
  const items = await batchOf(project, pipeline, 5);
  const worker = own.stack.workers[0];
  await annotates(annotator, pipeline, 2);
  await untilArrived(project, items[0]?.batchId ?? '', 2);
  await worker?.kill('SIGKILL');
  await worker?.restart();
  await annotates(annotator, pipeline, 1);
  const last = [await claimNext(annotator, pipeline), await claimNext(annotator, pipeline)];

  // They are told in the very moment in which the worker goes away; signals wait for the next one.
  const submits = last.map((item) =>
    annotator.post(
      `/node-instances/${String(item?.nodeInstanceId)}/submit`,
      { values: { label: 'x' } },
      { prefer: 'respond-async' },
    ),
  );
  await Promise.all(submits);
  await worker?.kill('SIGKILL');
  await worker?.restart();

  const [context] = await untilFired(project, pipeline);
  expect(context?.data.items.map(({ taskId }) => taskId).sort()).toEqual(items.map(({ id }) => id).sort());
  await until(
    'all items to end',
    async () => (await tasksOf(project, pipeline)).every(({ batchId, status }) => !batchId || status === 'finished'),
    60_000,
  );
  expect(await contextsOf(project, pipeline)).toHaveLength(1);
});

it('does not wait for an item whose workflow was terminated in Temporal', async () => {
  const pipeline = await project.pipeline(gathered('task'));
  const [gone, ...others] = await batchOf(project, pipeline, 2);
  await own.client.temporal.workflow.getHandle(`cycle:${String(gone?.id)}.1`).terminate('by hand');
  const item = await claimNext(annotator, pipeline, { tasks: others.map(({ id }) => id) });
  await annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, { values: { label: 'x' } });
  await untilArrived(project, gone?.batchId ?? '', 1);
  expect(await contextsOf(project, pipeline)).toEqual([]);
  await own.client.startReconcile(0, `cycle:${String(gone?.id)}.1`);

  const [context] = await untilFired(project, pipeline);
  expect(context?.data.items.map(({ taskId }) => taskId)).toEqual(others.map(({ id }) => id));
});
