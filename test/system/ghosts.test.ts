// A record can run ahead of history: it commits before the workflow task that decided it is completed. A server killed in
// between has lost the command, and the caller may be gone. Row, timeline and cycle must agree again by themselves.
import { afterAll, beforeAll, expect, it } from 'vitest';
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

it('offers a task again whose claim the server lost after it was recorded', async () => {
  const taskId = await project.task(pipeline);
  const instance = `${taskId}.1.annotate.1`;

  // Nothing else is under way in the cycle: neither its first workflow task nor a query of the worker's own reconcile.
  await until('the reconcile to end', async () => {
    const { status } = await own.client.temporal.workflow.getHandle('reconcile').describe();
    return status.name !== 'RUNNING';
  });
  await own.client.state(`cycle:${taskId}.1`);
  // The worker decides and records, but its answer to the server never arrives.
  proxy.holdRequests();
  const claim = annotator.post(`/node-instances/${instance}/claim`).catch(() => 'gone');
  await until('the claim to be recorded', async () => (await rowOf(instance))?.status === 'claimed');
  await own.stack.temporal.kill('SIGKILL');
  await own.stack.apis[0]?.kill('SIGKILL');
  expect(await claim).toBe('gone');
  proxy.refuse();
  await own.stack.temporal.restart();
  await proxy.heal();
  await own.stack.apis[0]?.restart();

  await until('the row to agree with the cycle', async () => (await rowOf(instance))?.status === 'available', 60_000);
  const state = await own.client.state(`cycle:${taskId}.1`);
  expect(state.instances[instance]?.status).toBe('available');
  const timeline = await project.admin.get<{ items: { type: string; superseded: boolean }[] }>(
    `/tasks/${taskId}/timeline`,
  );
  expect(timeline.body.items.filter(({ type }) => type === 'claimed')).toMatchObject([{ superseded: true }]);
  expect(await claimNext(annotator, pipeline)).toMatchObject({ taskId, status: 'claimed' });
});
