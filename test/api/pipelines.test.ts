// Definitions with problems of every sort: all of them are told at once, whatever else is wrong, and nothing that is not one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { check } from '../../api/pipeline-checks.js';
import { exampleNames, examplesFolder } from '../../simulate/examples/folder.js';
import type { TestProject } from '../support/project.js';
import { newProject, reviewed } from '../support/project.js';

interface Checked {
  code?: string;
  valid?: boolean;
  problems: { pointer: string; message: string }[];
}

const pointersOf = ({ problems }: Checked): string[] => problems.map(({ pointer }) => pointer).sort();

const exampleDefinitions = (): unknown[] =>
  exampleNames(examplesFolder).map(
    (name) => parse(readFileSync(join(examplesFolder, name, 'pipeline.yaml'), 'utf8')) as unknown,
  );

const start = { key: 'start', kind: 'start' };
const done = { key: 'done', kind: 'end' };

describe('a definition with problems of every sort', () => {
  const { apiUrl, operatorKey } = inject('stack');
  let project: TestProject;
  let published: string;

  beforeAll(async () => {
    project = await newProject(apiUrl, operatorKey);
    published = await project.pipeline(reviewed());
  });

  const definition = {
    name: 'wrong in every way',
    nodes: [
      start,
      { key: 'annotate', kind: 'labeling', form: { type: 'nonsense' }, colour: 1 },
      { key: 'sort', kind: 'gate', branches: [{ outcome: 'long', when: 'size(data.text) >' }], otherwise: 'short' },
      done,
    ],
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', to: 'sort' },
      { from: 'sort', to: 'done' },
      { from: 'annotate', to: 'nowhere' },
    ],
  };
  const pointers = ['/edges/3/to', '/nodes/1/colour', '/nodes/1/form', '/nodes/2/branches/0/when'];

  it.each([
    ['JSON', 'application/json', JSON.stringify(definition)],
    ['YAML', 'application/yaml', stringify(definition)],
  ])('is told all of them at once, as %s', async (_, type, body) => {
    const sent = { body, headers: { 'content-type': type } };

    const created = await project.admin.send<Checked>('POST', `/projects/${project.id}/pipelines`, sent);
    const updated = await project.admin.send<Checked>('PUT', `/pipelines/${published}`, sent);
    const validated = await project.admin.send<Checked>('POST', `/pipelines/${published}/validate`, sent);

    expect(pointersOf(created.body)).toEqual(pointers);
    expect([created, updated].map((reply) => [reply.status, reply.body.code])).toEqual([
      [422, 'PIPELINE_INVALID'],
      [422, 'PIPELINE_INVALID'],
    ]);
    expect(updated.body.problems).toEqual(created.body.problems);
    expect(validated).toMatchObject({ status: 200, body: { valid: false, problems: created.body.problems } });
  });
});

describe('what has no sound shape', () => {
  // It needs no form, and to check a form takes a while.
  const annotate = { key: 'annotate', kind: 'external' };
  const isReferredTo = { settings: { excludePerformersOf: ['qa'] }, shows: { results: ['qa'] } };
  const again = { ...annotate, key: 'again', ...isReferredTo };
  const line = (...keys: string[]) => keys.slice(1).map((to, index) => ({ from: keys[index], to }));
  const pointersIn = (nodes: unknown, edges: unknown, more: object = {}): string[] =>
    pointersOf(check({ name: 'a pipeline', nodes, edges, ...more }, {}));
  const throughQa = line('start', 'annotate', 'qa', 'again', 'done');

  it.each([
    ['a field of a wrong type', { key: 'qa', kind: 'review', reviews: 7 }, '/nodes/2/reviews'],
    ['a kind that there is not', { key: 'qa', kind: 'revue' }, '/nodes/2/kind'],
    ['no key', { kind: 'review', reviews: 'annotate' }, '/nodes/2/key'],
    ['no object', 'qa', '/nodes/2'],
  ])('is one problem, though others refer to it: a node with %s', (_, node, pointer) => {
    expect(pointersIn([start, annotate, node, again, done], throughQa)).toEqual([pointer]);
  });

  it('is one problem, though a node is reached by it alone: an edge', () => {
    const edges = [{ from: 'start', to: 'annotate', on: 7 }, ...line('annotate', 'done')];

    expect(pointersIn([start, annotate, done], edges)).toEqual(['/edges/0/on']);
    expect(pointersIn([start, annotate, done], 'none')).toEqual(['/edges']);
  });

  it('is one problem, though a node takes its form from it: a recipe', () => {
    const nodes = [start, { key: 'annotate', kind: 'labeling', recipe: 'label' }, done];

    expect(pointersIn(nodes, line('start', 'annotate', 'done'), { recipes: { label: {} } })).toEqual([
      '/recipes/label/form',
    ]);
  });

  it('hides nothing of what comes after it, which is told by the place that it was sent at', () => {
    const broken = { key: 'qa', kind: 'review', reviews: 7 };
    const edges = [...throughQa, { from: 'again', to: 'nowhere' }, { from: 'again', on: 'never', to: 'done' }];
    const nodes = [start, annotate, broken, { ...again, kind: 'labeling', form: { type: 'nonsense' } }, done];

    expect(pointersIn(nodes, edges)).toEqual(['/edges/4/to', '/edges/5/on', '/nodes/2/reviews', '/nodes/3/form']);
  });

  it('is all that is told where there are no nodes, or more than a definition may have', () => {
    const many = [start, ...Array.from({ length: 100 }, (_, index) => ({ ...annotate, key: `n${String(index)}` }))];

    expect(pointersIn('none', throughQa)).toEqual(['/nodes']);
    expect(pointersIn([...many, done], throughQa)).toEqual(['/nodes']);
    expect(pointersOf(check(['no definition'], {}))).toEqual(['']);
  });
});

/** The example definitions, with one value of theirs replaced by any other. */
const mangled = fc
  .tuple(fc.constantFrom(...exampleDefinitions()), fc.nat(), fc.jsonValue({ maxDepth: 2 }))
  .map(([definition, place, value]) => {
    const whole = structuredClone(definition) as object;
    const places: [object, string][] = [];
    const walk = (part: unknown): void => {
      if (typeof part !== 'object' || part === null) return;
      for (const [key, inner] of Object.entries(part)) {
        places.push([part, key]);
        walk(inner);
      }
    };
    walk(whole);
    const [part, key] = places[place % places.length] ?? [whole, 'name'];
    Reflect.set(part, key, value);
    return whole;
  });

it('whatever is wrong with a definition, its problems are told', () => {
  fc.assert(
    fc.property(mangled, (definition) => {
      const { definition: whole, problems } = check(definition, {});
      expect(whole !== undefined || problems.length > 0).toBe(true);
    }),
    { numRuns: 500 },
  );
});
