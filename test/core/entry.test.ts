import { describe, expect, it } from 'vitest';
import { entryProblem, planFrom } from '../../core/entry.js';
import { openCycle } from '../../core/open.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import { compilePlan } from '../../core/plan.js';

/** start → a → b → c (reviews b) → done, with b2 beside b and a join at d. */
const definition: PipelineDefinition = {
  name: 'ways',
  nodes: [
    { key: 'start', kind: 'start' },
    { key: 'a', kind: 'labeling', form: {} },
    { key: 'b', kind: 'labeling', form: {} },
    { key: 'beside', kind: 'labeling', form: {} },
    { key: 'qa', kind: 'review', reviews: 'b' },
    { key: 'join', kind: 'labeling', form: {} },
    { key: 'done', kind: 'end' },
  ],
  edges: [
    { from: 'start', to: 'a' },
    { from: 'a', on: 'complete', to: 'b' },
    { from: 'a', on: 'complete', to: 'beside' },
    { from: 'b', on: 'complete', to: 'qa' },
    { from: 'qa', on: 'approve', to: 'join' },
    { from: 'beside', on: 'complete', to: 'join' },
    { from: 'join', on: 'complete', to: 'done' },
  ],
};
const task = { projectId: 'p', pipelineId: 'q', versionId: 'v', taskId: 't', cycleId: 't.1' };

function openAt(node: string | null): Record<string, string> {
  const { state } = openCycle(task, planFrom(compilePlan(definition), node), 1);
  return Object.fromEntries(Object.values(state.instances).map(({ node: key, status }) => [key, status]));
}

describe('a cycle that begins at a node', () => {
  it('is open there, and what only comes before or beside it is na', () => {
    expect(openAt('b')).toEqual({ a: 'na', beside: 'na', b: 'available' });
    expect(openAt('join')).toEqual({ a: 'na', b: 'na', beside: 'na', qa: 'na', join: 'available' });
  });

  it('is the whole one at the start node, or where no node is named', () => {
    expect(openAt(null)).toEqual({ a: 'available' });
    expect(openAt('start')).toEqual({ a: 'available' });
  });
});

describe('a node where cycles may begin', () => {
  it.each(['start', 'a', 'b', 'beside', 'join'])('%s', (key) => {
    expect(entryProblem(definition, key)).toBeUndefined();
  });

  it.each([
    ['nowhere', 'there is no node "nowhere"'],
    ['done', 'a cycle that begins at an end node has nothing to do'],
    ['qa', '"qa" judges the work of "b", which a cycle from here never does'],
  ])('is none: %s', (key, why) => {
    expect(entryProblem(definition, key)).toBe(why);
  });
});
