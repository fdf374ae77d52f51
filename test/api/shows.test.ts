// What a node shows to who works at it: data, inputs, earlier results, authors and gold, each with and without.
import { beforeAll, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, label1, newProject, reviewed, voted } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let annotator: Person;
let other: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, other] = await Promise.all([project.person('annotator'), project.person('annotator')]);
});

const task = { data: { image: 'a.png', price: 7 }, gold: 'cat' };

/** annotate → second, which `more` describes. */
async function secondStep(more: object): Promise<Record<string, unknown>> {
  const { name, nodes } = reviewed();
  const [start, annotate, , done] = nodes;
  const pipeline = await project.pipeline({
    name,
    variables: { language: 'de' },
    nodes: [start, annotate, { key: 'second', kind: 'labeling', form: { type: 'object' }, ...more }, done],
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', to: 'second' },
      { from: 'second', to: 'done' },
    ],
  });
  const taskId = await project.task(pipeline, task);
  await label1(annotator, pipeline, taskId, 'dog');
  return (await claimNext(other, pipeline)) as unknown as Record<string, unknown>;
}

it('shows the whole data and nothing else where it says nothing', async () => {
  const item = await secondStep({});

  expect(item['task']).toMatchObject({ data: task.data });
  expect(item['task']).not.toHaveProperty('gold');
  expect(item).not.toHaveProperty('inputs');
  expect(item).not.toHaveProperty('results');
});

it('shows the fields that it names, and gold', async () => {
  const item = await secondStep({ shows: { data: ['image', 'other'], gold: true } });

  expect(item['task']).toMatchObject({ data: { image: 'a.png' }, gold: 'cat' });
  expect(item['task']).not.toHaveProperty('data.price');
});

it('shows results of earlier nodes, with and without their authors', async () => {
  const [blind, open] = [
    await secondStep({ shows: { results: ['annotate'] } }),
    await secondStep({ shows: { results: ['annotate'], authors: true } }),
  ];

  expect(blind['results']).toMatchObject({ annotate: { action: 'complete', values: { label: 'dog' } } });
  expect(JSON.stringify(blind)).not.toContain(annotator.id);
  expect(open['results']).toMatchObject({ annotate: { performer: annotator.id } });
});

it('gives inputs by name, and their defaults', async () => {
  const item = await secondStep({
    inputs: [
      { name: 'label', from: { node: 'annotate', field: 'label' } },
      { name: 'answer', from: { node: 'annotate' } },
      { name: 'note', from: { node: 'annotate', field: '/note' }, default: 'none' },
      { name: 'nothing', from: { node: 'annotate', field: 'note' } },
      { name: 'language', from: { variable: 'language' }, default: 'en' },
    ],
  });

  expect(item['inputs']).toEqual({
    label: 'dog',
    answer: { label: 'dog' },
    note: 'none',
    nothing: null,
    language: 'de',
  });
});

it('shows of votes the result alone, never who gave them', async () => {
  const { name, nodes, edges } = voted(2, 'tie');
  const after = { key: 'after', kind: 'labeling', form: {}, shows: { results: ['vote'], authors: true } };
  const input = { inputs: [{ name: 'label', from: { node: 'vote', field: 'label' }, default: 'tied' }] };
  const pipeline = await project.pipeline({
    name,
    nodes: [...nodes, { ...after, ...input }],
    edges: [edges[0], { from: 'vote', to: 'after' }, { from: 'after', to: 'done' }],
  });
  const afterVotes = async (labels: readonly [string, string]) => {
    const taskId = await project.task(pipeline);
    for (const [index, person] of [annotator, other].entries()) {
      const slot = await claimNext(person, pipeline, { tasks: [taskId], nodes: ['vote'] });
      const values = { label: labels[index] };
      expectStatus(await person.post(`/node-instances/${String(slot?.nodeInstanceId)}/vote`, { values }), 200);
    }
    return claimNext(await project.person('annotator'), pipeline, { tasks: [taskId], nodes: ['after'] });
  };

  const won = await afterVotes(['cat', 'cat']);
  const tied = await afterVotes(['cat', 'dog']);

  expect(won).toMatchObject({ inputs: { label: 'cat' }, results: { vote: { values: { label: 'cat' } } } });
  expect(JSON.stringify(won)).not.toMatch(new RegExp(`${annotator.id}|${other.id}`));
  expect(tied).toMatchObject({ inputs: { label: 'tied' }, results: { vote: null } });
});
