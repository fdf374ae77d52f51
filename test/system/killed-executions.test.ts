// kill -9 of the worker while a model is at work: it is asked once more at most, and not at all once its answer is stored.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelServer } from '../../simulate/model-server.js';
import { startModelServer } from '../../simulate/model-server.js';
import { modelsAt } from '../../simulate/models.js';
import type { ProcessPart } from '../../stack/process.js';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack, throughPort } from '../support/own-stack.js';
import { label } from '../support/programs.js';
import type { Execution } from '../support/programs.js';
import type { Person, TestProject } from '../support/project.js';
import { judge, newProject } from '../support/project.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import { tcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

/** Temporal notices by 10 s of silence that the worker is gone. */
const goesOnWithinMs = 60_000;
const answer = { answer: { values: { label: 'cat' }, confidence: 0.9 } };

let models: ModelServer;
let toModels: TcpProxy;
let toTemporal: TcpProxy;
let own: OwnStack;
let worker: ProcessPart;
let project: TestProject;
let reviewer: Person;

beforeAll(async () => {
  models = await startModelServer({
    slow: [{ hang: true, times: 1 }, answer],
    'down-then-slow': [{ status: 503, times: 1 }, { hang: true, times: 2 }, answer],
    good: [answer],
  });
  own = await ownStack({ workers: 0 });
  toModels = await tcpProxy(Number(new URL(models.url).port));
  toTemporal = await tcpProxy(Number(own.stack.temporal.address.split(':')[1]));
  worker = await own.process('worker.ts', {
    TEMPORAL_ADDRESS: `127.0.0.1:${String(toTemporal.port)}`,
    TASKLOOM_MODELS: modelsAt(throughPort(models.url, toModels.port)),
  });
  project = await newProject(own.stack.apiUrl, own.operatorKey);
  reviewer = await project.person('reviewer');
});

afterAll(async () => {
  await own.stop();
  await Promise.all([toModels.close(), toTemporal.close(), models.stop()]);
});

/** A model labels, a person reviews. */
async function labeledBy(model: string): Promise<{ pipeline: string; taskId: string }> {
  const retry = { attempts: 3, initial: 'PT0.1S' };
  const pipeline = await project.pipeline({
    name: `labeled by ${model}`,
    nodes: [
      { key: 'start', kind: 'start' },
      { key: 'it', kind: 'llm', form: label, model: { model, prompt: '{{ data.text }}', retry } },
      { key: 'qa', kind: 'review', reviews: 'it' },
      { key: 'done', kind: 'end' },
    ],
    edges: [
      { from: 'start', to: 'it' },
      { from: 'it', on: 'complete', to: 'qa' },
      { from: 'qa', on: 'approve', to: 'done' },
    ],
  });
  return { pipeline, taskId: await project.task(pipeline) };
}

const executionsOf = async (taskId: string): Promise<Execution[]> =>
  (await project.admin.get<{ items: Execution[] }>(`/tasks/${taskId}/executions?by=programs`)).body.items;
const taskOf = async (taskId: string) => (await project.admin.get(`/tasks/${taskId}`)).body;
const isAtReview = async (taskId: string): Promise<boolean> =>
  ((await taskOf(taskId))['nodes'] as string[]).includes('qa');

/** The task goes on: what the model said is there once, and is reviewed. */
async function goesOn({ pipeline, taskId }: { pipeline: string; taskId: string }): Promise<void> {
  await until('the review', () => isAtReview(taskId), goesOnWithinMs);
  const { body } = await project.admin.get<{ items: { node: string; instances: object[] }[] }>(
    `/tasks/${taskId}/nodes`,
  );
  expect(body.items.find(({ node }) => node === 'it')?.instances).toMatchObject([
    { visit: 1, submission: { values: { label: 'cat' } } },
  ]);
  await judge(reviewer, pipeline, taskId, 'approve');
  await until('the end', async () => (await taskOf(taskId))['status'] === 'finished');
  const timeline = await project.admin.get<{ items: { type: string }[] }>(`/tasks/${taskId}/timeline`);
  expect(timeline.body.items.filter(({ type }) => type === 'submitted')).toHaveLength(1);
}

it('asks once more where the model had not answered', async () => {
  const task = await labeledBy('slow');
  await until('the model to be asked', () => models.calls.get('slow') === 1);
  expect(await executionsOf(task.taskId)).toMatchObject([{ attempt: 1, status: 'running' }]);

  await worker.kill('SIGKILL');
  await worker.restart();
  await goesOn(task);

  expect(models.calls.get('slow')).toBe(2);
  expect(await executionsOf(task.taskId)).toMatchObject([{ attempt: 1, status: 'succeeded', code: null }]);
});

it('counts the attempts that failed before, and not the one that was cut off', async () => {
  const task = await labeledBy('down-then-slow');
  await until('the second attempt', () => models.calls.get('down-then-slow') === 2);

  await worker.kill('SIGKILL');
  await worker.restart();
  await goesOn(task);

  expect(models.calls.get('down-then-slow')).toBe(3);
  expect(await executionsOf(task.taskId)).toMatchObject([
    { attempt: 1, status: 'failed', code: 'MODEL_UNAVAILABLE' },
    { attempt: 2, status: 'succeeded' },
  ]);
});

it('does not ask again where the answer was stored and the cycle had not heard of it', async () => {
  toModels.holdRequests();
  const task = await labeledBy('good');
  await until('the worker to ask', () => toModels.held().length > 0);
  // The answer gets to the worker and into Postgres, and no further.
  toTemporal.holdRequests();
  await toModels.heal();
  await until('the answer to be stored', async () => (await executionsOf(task.taskId))[0]?.status === 'succeeded');
  expect(await isAtReview(task.taskId)).toBe(false);

  await worker.kill('SIGKILL');
  // What the worker had sent is gone with it.
  toTemporal.refuse();
  await toTemporal.heal();
  await worker.restart();
  await goesOn(task);

  expect(models.calls.get('good')).toBe(1);
  expect(await executionsOf(task.taskId)).toMatchObject([{ attempt: 1, status: 'succeeded' }]);
});
