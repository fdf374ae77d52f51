// Commands across a worker that is killed and a cycle that continues as new: the same key, the same answer, one effect.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const continueAfter = 40;
const answerWithinMs = 15_000;

let own: OwnStack;
let project: TestProject;
let annotator: Person;
let reviewer: Person;
let pipeline: string;

beforeAll(async () => {
  own = await ownStack({ env: { TASKLOOM_CONTINUE_AFTER_EVENTS: String(continueAfter) } });
  project = await newProject(own.stack.apiUrl, own.operatorKey);
  [annotator, reviewer] = [await project.person('annotator'), await project.person('reviewer')];
  pipeline = await project.pipeline(reviewed());
});

afterAll(() => own.stop());

const claimWith = (key: string, instance: string) =>
  annotator.post(`/node-instances/${instance}/claim`, {}, { 'idempotency-key': key });

/** The answer is in the cycle, not only with the API: the key's stored answer is taken away. */
const forgetAnswer = (key: string) =>
  own.pool.query('update idempotency_keys set status = null, answer = null where project_id = $1 and key = $2', [
    project.id,
    key,
  ]);

/** How often what was asked for with that key is on the timeline. */
async function timesDone(key: string): Promise<number> {
  const { rows } = await own.pool.query<{ count: number }>(
    `select count(*)::int as count from timeline t join idempotency_keys k on k.update_id = t.command_id
      where k.project_id = $1 and k.key = $2 and t.superseded_at is null`,
    [project.id, key],
  );
  return rows[0]?.count ?? 0;
}

it('gives the answer again after the worker was killed', async () => {
  const taskId = await project.task(pipeline);
  const first = await claimWith('restart', `${taskId}.1.annotate.1`);
  expectStatus(first, 200);

  await own.stack.workers[0]?.kill('SIGKILL');
  // How far it has recorded is told without a worker, as after a kill many are asked that while they have commands to decide.
  const { rows } = await own.pool.query<object>(
    'select sequence, decided_at::float8 as "decidedAt" from streams where id = $1',
    [`cycle:${taskId}.1`],
  );
  expect(await own.client.standing(`cycle:${taskId}.1`)).toEqual({ kind: 'open', recorded: rows[0] });
  await forgetAnswer('restart');
  await own.stack.workers[0]?.restart();
  const restartedAt = performance.now();
  const again = await until('the answer', async () => {
    const reply = await claimWith('restart', `${taskId}.1.annotate.1`);
    return reply.status === 200 && reply;
  });

  expect(performance.now() - restartedAt).toBeLessThan(answerWithinMs);
  expect(again.body).toEqual(first.body);
  expect(await timesDone('restart')).toBe(1);
});

it('gives the answer again after the cycle continued as new, and after it ended', async () => {
  const taskId = await project.task(pipeline);
  const instance = `${taskId}.1.annotate.1`;
  const first = await claimWith('continue', instance);
  expectStatus(await annotator.post(`/node-instances/${instance}/release`), 200);
  const handle = own.client.temporal.workflow.getHandle(`cycle:${taskId}.1`);
  const { runId } = await handle.describe();
  while ((await handle.describe()).runId === runId) {
    await claimNext(annotator, pipeline, { tasks: [taskId] });
    expectStatus(await annotator.post(`/node-instances/${instance}/release`), 200);
  }

  await forgetAnswer('continue');
  expect((await claimWith('continue', instance)).body).toEqual(first.body);
  expect((await own.client.state(`cycle:${taskId}.1`)).instances[instance]?.status).toBe('available');

  await label1(annotator, pipeline, taskId);
  await judge(reviewer, pipeline, taskId, 'approve');
  await until('the cycle to end', async () => (await own.client.standing(`cycle:${taskId}.1`)).kind === 'closed');
  await forgetAnswer('continue');
  const closed = await claimWith('continue', instance);
  expect(closed).toMatchObject({ status: 200, body: first.body });
  expect(await timesDone('continue')).toBe(1);
});

it('keeps a rework child, its counters and its report across both its and the cycle’s new runs', async () => {
  const many = await project.pipeline(reviewed({ limits: { maxReviewFailures: 9, maxReReviews: 20 } }));
  const taskId = await project.task(many);
  for (let round = 0; round < 4; round += 1) {
    await label1(annotator, many, taskId);
    await judge(reviewer, many, taskId, 'reject');
  }
  const child = `rework:${taskId}.1:annotate:2`;
  expect((await own.client.state(child)).counters).toEqual({ qa: { failures: 4, reReviews: 4 } });

  await label1(annotator, many, taskId);
  await judge(reviewer, many, taskId, 'approve');

  const task = await until('the task to finish', async () => {
    const { body } = await project.admin.get(`/tasks/${taskId}`);
    return body['status'] === 'finished' && body;
  });
  expect(task).toMatchObject({ outcome: 'complete' });
});

it('offers work again whose holder let the lease lapse, and takes a late submit while nobody holds it', async () => {
  const short = await project.pipeline(reviewed({ lease: 'PT1S' }));
  const other = await project.person('annotator');
  const taskId = await project.task(short);
  const path = `/node-instances/${taskId}.1.annotate.1`;
  await claimNext(annotator, short);
  await until('the lease to lapse', async () => {
    const { body } = await project.admin.get<{ items: { type: string }[] }>(`/tasks/${taskId}/timeline`);
    return body.items.some(({ type }) => type === 'released');
  });

  await claimNext(other, short);
  const late = await annotator.post(`${path}/submit`, { values: { label: 'late' } });
  expectStatus(await other.post(`${path}/release`), 200);
  expect(late).toMatchObject({ status: 409, body: { code: 'LEASE_LOST' } });

  expectStatus(await annotator.post(`${path}/claim`), 200);
  const { body } = await annotator.get<{ items: { draft: unknown }[] }>('/me/work');
  expect(body.items[0]?.draft).toEqual({ label: 'late' });
});
