// A record can run ahead of history: it commits before the workflow task that decided it is completed. A server killed in
// between has lost the command, and the caller may be gone. Row, timeline and cycle must agree again by themselves.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { annotates, batchOf, gathered, untilArrived, untilFired } from '../support/checkpoints.js';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, newProject, reviewed } from '../support/project.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import { tcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

let own: OwnStack;
let proxy: TcpProxy;
let project: TestProject;
let annotator: Person;
let pipeline: string;

beforeAll(async () => {
  own = await ownStack({ durable: true, workers: 0 });
  proxy = await tcpProxy(Number(own.stack.temporal.address.split(':')[1]));
  await own.process('worker.ts', { TEMPORAL_ADDRESS: `127.0.0.1:${String(proxy.port)}` });
  project = await newProject(own.stack.apiUrl, own.operatorKey);
  annotator = await project.person('annotator');
  pipeline = await project.pipeline(reviewed());
});

afterAll(async () => {
  await proxy.close();
  await own.stop();
});

const rowOf = async (id: string) =>
  (
    await own.pool.query<{ status: string; assignee: string | null }>(
      'select status, assignee from node_instances where id = $1',
      [id],
    )
  ).rows[0];

/** Nothing of it is on its way to the worker or back. */
const untilQuiet = (workflowId: string) =>
  until('nothing to be under way', async () => {
    const { raw } = await own.client.temporal.workflow.getHandle(workflowId).describe();
    return !raw.pendingWorkflowTask && (raw.pendingActivities ?? []).length === 0;
  });

/** The worker decides and records, but its answer to the server never arrives; then the server dies, and the caller too. */
async function lose(command: () => Promise<unknown>, untilRecorded: () => Promise<unknown>): Promise<void> {
  // Nothing else is under way: neither a first workflow task nor a query of the worker's own reconcile.
  await until('the reconcile to end', async () => {
    const { status } = await own.client.temporal.workflow.getHandle('reconcile').describe();
    return status.name !== 'RUNNING';
  });
  proxy.holdRequests();
  const caller = command().catch(() => 'gone');
  await untilRecorded();
  await own.stack.temporal.kill('SIGKILL');
  await own.stack.apis[0]?.kill('SIGKILL');
  expect(await caller).toBe('gone');
  proxy.refuse();
  await own.stack.temporal.restart();
  await proxy.heal();
  await own.stack.apis[0]?.restart();
}

it('offers a task again whose claim the server lost after it was recorded', async () => {
  const taskId = await project.task(pipeline);
  const instance = `${taskId}.1.annotate.1`;

  await untilQuiet(`cycle:${taskId}.1`);
  await lose(
    () => annotator.post(`/node-instances/${instance}/claim`),
    () => until('the claim to be recorded', async () => (await rowOf(instance))?.status === 'claimed'),
  );

  await until('the row to agree with the cycle', async () => (await rowOf(instance))?.status === 'available', 60_000);
  const state = await own.client.state(`cycle:${taskId}.1`);
  expect(state.instances[instance]?.status).toBe('available');
  const timeline = await project.admin.get<{ items: { type: string; superseded: boolean }[] }>(
    `/tasks/${taskId}/timeline`,
  );
  expect(timeline.body.items.filter(({ type }) => type === 'claimed')).toMatchObject([{ superseded: true }]);
  expect(await claimNext(annotator, pipeline)).toMatchObject({ taskId, status: 'claimed' });
});

it('gives an item back to its checkpoint whose reopening the server lost after it was recorded', async () => {
  const gatheredIn = await project.pipeline(gathered('task'));
  const items = await batchOf(project, gatheredIn, 2);
  const [held = ''] = await annotates(annotator, gatheredIn, 1);
  await untilArrived(project, items[0]?.batchId ?? null, 1);
  await untilQuiet(`cycle:${held}.1`);
  const standing = async (): Promise<string | undefined> => {
    const text = 'select standing from checkpoint_items where task_id = $1';
    return (await own.pool.query<{ standing: string }>(text, [held])).rows[0]?.standing;
  };
  await lose(
    () => project.admin.post(`/node-instances/${held}.1.annotate.1/reopen`),
    () => until('the item to be waited for again', async () => (await standing()) === 'coming'),
  );

  await until('the item to be held as before', async () => (await standing()) === 'arrived', 60_000);
  await annotates(annotator, gatheredIn, 1);
  const [context] = await untilFired(project, gatheredIn);
  expect(context?.data.items.map(({ taskId }) => taskId).sort()).toEqual(items.map(({ id }) => id).sort());
});
