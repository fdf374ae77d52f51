// What is left where a task ends, or begins anew, while a join still waits for work: nothing that waits.
import { describe, expect, test } from 'vitest';
import { resumePoint } from '../../core/resume.js';
import type { StreamState } from '../../core/state.js';
import { ann, aPipeline, bob, boss, code, end, labeling } from '../support/builders.js';
import { endingEvents } from '../../core/ending.js';
import { World } from './world.js';

/** A join of cat and dog, and a code node aside that can fail. */
const joined = () =>
  aPipeline(
    [labeling('cat'), labeling('dog'), labeling('both'), code('aside'), end(), end('put-away', 'archive')],
    [
      'start → cat',
      'start → dog',
      'start → aside',
      'cat : complete → both',
      'dog : complete → both',
      'dog : archive → put-away',
      'both → end',
      'aside → end',
    ],
  );

function waiting(): World {
  const world = new World(joined());
  world.labels(ann, 'cat');
  expect(world.instance('both').status).toBe('deferred');
  return world;
}

const leftIn = ({ instances }: StreamState) =>
  Object.values(instances).filter(({ status }) => !['finished', 'na'].includes(status));

const ways: [how: string, end: (world: World) => void][] = [
  ['a discard', (world) => world.labels(bob, 'dog', { action: 'discard' })],
  [
    'a failure',
    (world) => {
      world.fails('aside');
    },
  ],
  [
    'a cancellation',
    (world) => {
      for (const event of endingEvents(world.cycle, { how: 'discarded', at: world.now })) world.hears(event);
    },
  ],
];

describe('A join that still waits', () => {
  test.each(ways)('is closed with its task: %s', (_, ends) => {
    const world = waiting();

    ends(world);

    expect(world.cycle.status).not.toBe('open');
    expect(leftIn(world.cycle)).toEqual([]);
    expect(world.instance('both')).toMatchObject({ status: 'finished', outcome: 'superseded' });
  });

  test('is closed where its task begins anew, and is come to again', () => {
    const world = waiting();
    world.does(boss, 'escalate', 'dog', { reason: 'odd' });

    world.does(boss, 'resolve', 'dog', { how: 'restart' });

    expect(world.instance('task-1.1.both.1')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    world.labels(ann, 'cat');
    expect(world.instance('task-1.1.both.2').status).toBe('deferred');
    world.labels(bob, 'dog');
    expect(world.instance('task-1.1.both.2').status).toBe('available');
  });

  test('is worked in a cycle that goes on from there', () => {
    const world = waiting();
    world.labels(bob, 'dog', { action: 'discard' });
    const visits = Object.values(world.cycle.instances).map((instance) => ({
      ...instance,
      outcome: instance.outcome ?? null,
      performer: instance.performer ?? null,
      result: null,
      closedAtEnd: instance.outcome === 'superseded',
      voters: [],
    }));

    const resume = resumePoint(world.cycle.plan, { visits, submissions: [], counters: {} }, 'dog');

    expect(resume).toMatchObject({ outcomes: { cat: 'complete' }, visits: { both: 1 } });
  });
});
