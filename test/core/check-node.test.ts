// What every node may declare, and the outcomes of skips.
import { describe, expect, test } from 'vitest';
import { pipelineDefinition } from '../../api/contract/pipelines.js';
import { checkPipeline } from '../../core/check-pipeline.js';
import type { LabelingNode, PipelineDefinition } from '../../core/pipeline.js';
import { aPipeline, consensus, end, labeling, review, votedOn } from '../support/builders.js';

const edges = ['start → first', 'first → second', 'second → end'];
const second = (more: Partial<LabelingNode>): PipelineDefinition => ({
  ...aPipeline([labeling('first'), labeling('second', more), end()], edges),
  variables: { language: 'de' },
});
const pointers = (definition: PipelineDefinition): string[] => checkPipeline(definition).map(({ pointer }) => pointer);

describe('A node', () => {
  test('may take inputs of earlier nodes and variables, declare outputs, an owner, a quality and what it shows', () => {
    const definition = second({
      inputs: [
        { name: 'first answer', from: { node: 'first', field: 'label' }, default: null },
        { name: 'all of it', from: { node: 'first' } },
        { name: 'language', from: { variable: 'language' } },
      ],
      outputs: [{ name: 'boxes', type: 'item', description: 'One for each animal.' }],
      owner: 'the animals team',
      quality: 'honeypot',
      shows: { data: ['image'], results: ['first'], authors: true, gold: true },
      settings: { onSkip: 'me', handOnDrafts: true },
    });

    expect(checkPipeline(definition)).toEqual([]);
    expect(pipelineDefinition.parse(definition)).toEqual(definition);
  });

  test.each([
    ['an input of no node', { inputs: [{ name: 'a', from: { node: 'third' } }] }, '/inputs/0/from/node'],
    ['an input of itself', { inputs: [{ name: 'a', from: { node: 'second' } }] }, '/inputs/0/from/node'],
    ['an input of no variable', { inputs: [{ name: 'a', from: { variable: 'toString' } }] }, '/inputs/0/from/variable'],
    [
      'two inputs of one name',
      {
        inputs: [
          { name: 'a', from: { node: 'first' } },
          { name: 'a', from: { node: 'first' } },
        ],
      },
      '/inputs/1/name',
    ],
    [
      'two outputs of one name',
      {
        outputs: [
          { name: 'a', type: 'item' as const },
          { name: 'a', type: 'task' as const },
        ],
      },
      '/outputs/1/name',
    ],
    ['results of no node', { shows: { results: ['first', 'third'] } }, '/shows/results/1'],
    ['results of a node that does not come before', { shows: { results: ['end'] } }, '/shows/results/0'],
  ])('may not have %s', (_, more, pointer) => {
    expect(pointers(second(more))).toEqual([`/nodes/2${pointer}`]);
  });

  test.each([
    ['a quality that is none', { quality: 'good' }],
    ['an output of no type', { outputs: [{ name: 'a', type: 'file' }] }],
    ['a way to skip that is none', { settings: { onSkip: 'nobody' } }],
    ['shows of something else', { shows: { votes: true } }],
    ['an input from nowhere', { inputs: [{ name: 'a', from: {} }] }],
  ])('with %s is no node', (_, more) => {
    expect(pipelineDefinition.safeParse(second(more as Partial<LabelingNode>)).success).toBe(false);
  });
});

describe('A review', () => {
  test.each([
    ['sample', 1.1],
    ['sample', -0.1],
    ['strict', 'yes'],
    ['commentOnFail', 1],
  ])('has no %s of %s', (name, value) => {
    const definition = aPipeline(
      [labeling('a'), review('qa', 'a', { [name]: value }), end()],
      ['start → a', 'a → qa', 'qa → end'],
    );

    expect(pipelineDefinition.safeParse(definition).success).toBe(false);
  });
});

describe('Skipped work that leaves', () => {
  const leaving = (onSkip: 'leave' | 'others', ...more: string[]): PipelineDefinition =>
    aPipeline([labeling('a', { settings: { onSkip } }), end()], ['start → a', 'a : complete → end', ...more]);

  test('needs an edge, of its own or for every outcome', () => {
    expect(pointers(leaving('leave'))).toEqual(['/nodes/1']);
    expect(pointers(leaving('leave', 'a : skip → end'))).toEqual([]);
    expect(pointers(leaving('leave', 'a → end'))).toEqual([]);
  });

  test('is the only one that takes an edge', () => {
    expect(pointers(leaving('others', 'a : skip → end'))).toEqual(['/edges/2/on']);
    expect(pointers(leaving('others'))).toEqual([]);
  });
});

test('Votes are skipped to others, and their drafts stay with who made them', () => {
  expect(pointers(votedOn(2, { settings: { onSkip: 'leave' } }))).toEqual(['/nodes/1/settings/onSkip']);
  expect(pointers(votedOn(2, { settings: { onSkip: 'me' } }))).toEqual(['/nodes/1/settings/onSkip']);
  expect(pointers(votedOn(2, { settings: { handOnDrafts: true } }))).toEqual(['/nodes/1/settings/handOnDrafts']);
  expect(
    pointers(
      aPipeline([consensus('vote', 2, { settings: { onSkip: 'others' } }), end()], ['start → vote', 'vote → end']),
    ),
  ).toEqual([]);
});
