// The rules of nodes at which programs work: each fault is told with the pointer to it.
import { describe, expect, test } from 'vitest';
import { checkPipeline } from '../../core/check-pipeline.js';
import type { PipelineDefinition, PipelineNode } from '../../core/pipeline.js';
import {
  aPipeline,
  chain,
  code,
  edge,
  end,
  external,
  gate,
  labeling,
  llm,
  modelAs,
  only,
  review,
  start,
} from '../support/builders.js';

const problems = (definition: PipelineDefinition) =>
  checkPipeline(definition).map(({ pointer, message }) => `${pointer}: ${message}`);

const badTimes = { timeout: 'soon', retry: { initial: 'PT0S', max: 'P1M' } };
const timesOf = (at: string) => [`${at}/timeout`, `${at}/retry/initial`, `${at}/retry/max`];

describe('Times of programs', () => {
  test.each<[string, PipelineNode, string]>([
    ['an llm node', llm('it', { model: { model: 'm', prompt: 'p', ...badTimes } }), '/nodes/1/model'],
    [
      'a model that labels',
      labeling('it', { settings: { model: { as: 'worker', model: 'm', prompt: 'p', ...badTimes } } }),
      '/nodes/1/settings/model',
    ],
    ['code', code('it', badTimes), '/nodes/1'],
    ['a chain', chain('it', badTimes), '/nodes/1'],
  ])('of %s are ISO 8601 and more than nothing', (_, node, at) => {
    expect(checkPipeline(only(node)).map(({ pointer }) => pointer)).toEqual(timesOf(at));
  });

  test('of a model that reviews likewise', () => {
    const settings = { model: { ...modelAs('worker').model, timeout: 'soon' } };
    const definition = aPipeline(
      [labeling('annotate'), review('qa', 'annotate', { settings }), end()],
      ['start → annotate', 'annotate → qa', 'qa → end'],
    );

    expect(problems(definition)).toEqual([
      '/nodes/2/settings/model/timeout: "soon" is no ISO 8601 duration such as PT30S or PT5M',
    ]);
  });

  test('of an external program likewise', () => {
    expect(problems(only(external('it', { timeout: 'an hour' })))).toEqual([
      '/nodes/1/timeout: "an hour" is no ISO 8601 duration such as PT30S or PT5M',
    ]);
  });
});

describe('Code', () => {
  const both = code('it', { url: 'https://example.com/', function: 'f' });
  const neither: PipelineNode = { key: 'it', kind: 'code' };

  test.each([
    ['a url and a function', both],
    ['neither', neither],
  ])('with %s is refused', (_, node) => {
    expect(problems(only(node))).toEqual(['/nodes/1: a code node has a "url" or a "function", and not both']);
  });

  test('is not done again by rejecting it', () => {
    const definition = aPipeline([code('it'), review('qa', 'it'), end()], ['start → it', 'it → qa', 'qa → end']);

    expect(checkPipeline(definition).map(({ pointer }) => pointer)).toContain('/nodes/2/rejectTo');
  });
});

describe('A gate', () => {
  const oneCondition = 'a branch has one of "when", "share" and "performedBy"';

  test('has one condition to a branch', () => {
    const node = gate('it', [{ outcome: 'a' }, { outcome: 'a', when: 'true', share: 0.5 }], 'b');

    expect(problems(only(node))).toEqual([
      `/nodes/1/branches/0: ${oneCondition}`,
      `/nodes/1/branches/1: ${oneCondition}`,
    ]);
  });

  test('asks who did a node that comes before it', () => {
    const node = gate('it', [{ outcome: 'a', performedBy: { node: 'later', members: ['ann'] } }], 'b');
    const definition = aPipeline([node, labeling('later'), end()], ['start → it', 'it → later', 'later → end']);

    expect(problems(definition)).toEqual([
      '/nodes/1/branches/0/performedBy/node: "later" does not come before this node',
    ]);
  });

  test('shares out no more than everything', () => {
    const tenths = Array.from({ length: 10 }, () => ({ outcome: 'a', share: 0.1 }));

    expect(problems(only(gate('it', tenths, 'b')))).toEqual([]);
    expect(problems(only(gate('it', [...tenths, { outcome: 'a', share: 0.01 }], 'b')))).toEqual([
      '/nodes/1/branches: the shares add up to more than 1',
    ]);
  });

  test('needs a way on for every branch and for what is left', () => {
    const definition: PipelineDefinition = {
      name: 'a gate',
      nodes: [start(), gate('it', [{ outcome: 'a', share: 0.5 }], 'b'), end()],
      edges: ['start → it', 'it : a → end'].map(edge),
    };

    expect(problems(definition)).toEqual(['/nodes/1: no edge says where "b" leads']);
  });
});

describe('Edges for what comes about by itself', () => {
  test('"timeout" is needed where there is a time, and known only there', () => {
    const routed = (node: PipelineNode, edges: string[]) =>
      problems(aPipeline([node, end()], ['start → it', 'it : complete → end', ...edges]));

    expect(routed(external('it', { timeout: 'PT1H' }), [])).toEqual(['/nodes/1: no edge says where "timeout" leads']);
    expect(routed(external('it', { timeout: 'PT1H' }), ['it : timeout → end'])).toEqual([]);
    expect(routed(external('it'), ['it : timeout → end'])).toEqual(['/edges/2/on: "timeout" is no outcome of "it"']);
  });

  test.each<[string, PipelineNode]>([
    ['llm', llm('it')],
    ['code', code('it')],
    ['chain', chain('it')],
    ['gate', gate('it', [{ outcome: 'a', when: 'true' }], 'b')],
    ['a labeling node with a model', labeling('it', { settings: modelAs('worker') })],
  ])('"failed" may lead on from %s', (_, node) => {
    expect(problems(only(node, ['it : failed → end']))).toEqual([]);
  });

  test.each<[string, PipelineNode]>([
    ['people', labeling('it')],
    ['an external program', external('it')],
  ])('"failed" is unknown to %s', (_, node) => {
    expect(problems(only(node, ['it : failed → end']))).toEqual(['/edges/2/on: "failed" is no outcome of "it"']);
  });
});
