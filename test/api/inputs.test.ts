// What a node declares as its inputs is given to whatever works there: people, models, gates, code and chains.
import { beforeAll, expect, inject, it } from 'vitest';
import type { Person } from '../support/project.js';
import { claimNext, expectStatus } from '../support/project.js';
import { programProject, quick } from '../support/programs.js';

const { hookUrl } = inject('stack');

let people: Awaited<ReturnType<typeof programProject>>;
let annotator: Person;

beforeAll(async () => {
  people = await programProject();
  annotator = await people.project.person('annotator');
});

const end = { key: 'end', kind: 'end' };
const start = { key: 'start', kind: 'start' };
const form = { type: 'object', properties: { size: { type: 'number' }, kind: { type: 'string' } } };
const inputs = [
  { name: 'limit', from: { variable: 'limit' } },
  { name: 'size', from: { node: 'measure', field: 'size' } },
  { name: 'colour', from: { node: 'measure', field: 'colour' }, default: 'grey' },
];

const valuesOf = async (task: string, key: string): Promise<unknown> => {
  const { body } = await people.project.admin.get<{
    items: { node: string; instances: { submission: { values: unknown } | null }[] }[];
  }>(`/tasks/${task}/nodes`);
  return body.items.find(({ node }) => node === key)?.instances[0]?.submission?.values;
};

it('gives them to gates, code, models and chains', async () => {
  const target = { name: `Far ${String(Date.now())}`, nodes: [start, { key: 'far', kind: 'labeling', form }, end] };
  const far = await people.project.pipeline({
    ...target,
    edges: [
      { from: 'start', to: 'far' },
      { from: 'far', to: 'end' },
    ],
  });
  const pipeline = await people.project.pipeline({
    name: `Inputs ${String(Date.now())}`,
    variables: { limit: 10 },
    nodes: [
      start,
      { key: 'measure', kind: 'labeling', form },
      {
        key: 'large',
        kind: 'gate',
        inputs,
        branches: [{ outcome: 'yes', when: 'inputs.size > inputs.limit && inputs.colour == "grey"' }],
        otherwise: 'no',
      },
      { key: 'call', kind: 'code', url: `${hookUrl}/inputs`, inputs, ...quick },
      {
        key: 'guess',
        kind: 'llm',
        form: { type: 'object', properties: { label: { type: 'string' } } },
        inputs: [{ name: 'kind', from: { node: 'measure', field: '/kind' } }],
        model: { model: 'good', prompt: 'It is a {{ inputs.kind }}', ...quick },
      },
      { key: 'chain', kind: 'chain', pipeline: target.name, inputs, data: { over: 'inputs.size - inputs.limit' } },
      end,
      { key: 'small', kind: 'end', outcome: 'archive' },
    ],
    edges: [
      { from: 'start', to: 'measure' },
      { from: 'measure', on: 'complete', to: 'large' },
      { from: 'large', on: 'yes', to: 'call' },
      { from: 'large', on: 'no', to: 'small' },
      { from: 'call', to: 'guess' },
      { from: 'guess', to: 'chain' },
      { from: 'chain', to: 'end' },
    ],
  });
  const task = await people.project.task(pipeline);
  const item = await claimNext(annotator, pipeline, { tasks: [task] });
  const values = { size: 12, kind: 'dog' };
  expectStatus(await annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, { values }), 200);

  expect(await people.ended(task)).toMatchObject({ status: 'finished', outcome: 'complete' });
  expect(await valuesOf(task, 'call')).toEqual({ limit: 10, size: 12, colour: 'grey' });
  expect(await valuesOf(task, 'guess')).toEqual({ label: 'dog' });
  const { body } = await people.project.admin.get<{ items: { id: string }[] }>(`/pipelines/${far}/tasks`);
  expect(await people.taskOf(body.items[0]?.id ?? '')).toMatchObject({ data: { over: 2 } });
});

it('refuses an expression that names an input which its node does not declare', async () => {
  const definition = {
    name: 'Ghost',
    nodes: [
      start,
      { key: 'which', kind: 'gate', branches: [{ outcome: 'a', when: 'inputs.ghost' }], otherwise: 'b' },
      end,
    ],
    edges: [
      { from: 'start', to: 'which' },
      { from: 'which', to: 'end' },
    ],
  };
  const reply = await people.project.admin.post(`/projects/${people.project.id}/pipelines`, definition);
  expect(reply).toMatchObject({
    status: 422,
    body: { problems: [{ pointer: '/nodes/1/branches/0/when', message: 'there is no input "ghost" here' }] },
  });
});
