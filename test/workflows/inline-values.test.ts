// Values that raw Temporal clients send within their commands count like those that the API stores: for gates, and for who picks.
import { beforeAll, expect, inject, it } from 'vitest';
import { openClient } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { adjudicated, claimNext, expectStatus, newProject } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const client = await openClient();

let project: TestProject;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
});

const sends = (taskId: string, type: string, body: object): Promise<{ nodeInstanceId: string }> =>
  client.temporal.workflow.getHandle(`cycle:${taskId}.1`).executeUpdate(type, { args: [body] });

const form = { type: 'object', properties: { label: { type: 'string' } }, required: ['label'] };

it('a gate sees them', async () => {
  const pipeline = await project.pipeline({
    name: `inline ${String(Date.now())}`,
    nodes: [
      { key: 'start', kind: 'start' },
      { key: 'label', kind: 'labeling', form },
      {
        key: 'which',
        kind: 'gate',
        branches: [{ outcome: 'cats', when: 'results.label.values.label == "cat"' }],
        otherwise: 'others',
      },
      { key: 'kept', kind: 'end' },
      { key: 'dropped', kind: 'end', outcome: 'archive' },
    ],
    edges: [
      { from: 'start', to: 'label' },
      { from: 'label', on: 'complete', to: 'which' },
      { from: 'which', on: 'cats', to: 'kept' },
      { from: 'which', on: 'others', to: 'dropped' },
    ],
  });
  const person = await project.person('annotator');
  const taskId = await project.task(pipeline);
  const work = { instance: `${taskId}.1.label.1`, actor: { id: person.id } };

  await sends(taskId, 'claim', work);
  await sends(taskId, 'submit', { ...work, values: { label: 'cat' } });

  const task = await until('the gate to decide', async () => {
    const { body } = await project.admin.get<{ status: string; outcome: string }>(`/tasks/${taskId}`);
    return body.status === 'finished' ? body : undefined;
  });
  expect(task).toMatchObject({ outcome: 'complete' });
});

it('votes among them are told apart by who picks', async () => {
  const pipeline = await project.pipeline(adjudicated());
  const taskId = await project.task(pipeline);
  for (const label of ['a', 'b']) {
    const voter = await project.person('annotator');
    const actor = { id: voter.id };
    const { nodeInstanceId } = await sends(taskId, 'claim', { instance: `${taskId}.1.vote.1`, actor });
    await sends(taskId, 'vote', { instance: nodeInstanceId, actor, ballot: { label } });
  }
  const judge: Person = await project.person('reviewer');
  const item = (await claimNext(judge, pipeline, { tasks: [taskId] })) as unknown as {
    nodeInstanceId: string;
    options: { hash: string; values: { label: string } }[];
  };
  expect(item.options.map(({ values }) => values.label).sort()).toEqual(['a', 'b']);

  const pick = item.options.find(({ values }) => values.label === 'b')?.hash;
  expectStatus(await judge.post(`/node-instances/${item.nodeInstanceId}/approve`, { pick }), 200);

  const { body } = await project.admin.get<{ items: { node: string; instances: { result: unknown }[] }[] }>(
    `/tasks/${taskId}/nodes`,
  );
  expect(body.items.find(({ node }) => node === 'judge')?.instances[0]?.result).toMatchObject({
    values: { label: 'b' },
  });
});
