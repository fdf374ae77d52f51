import { describe, expect, test } from 'vitest';
import { hasLoop, reworkedNodes, route } from '../../core/graph.js';
import type { NodeStatus } from '../../core/state.js';
import { currentInstance } from '../../core/state.js';
import {
  ann,
  aPipeline,
  aPlan,
  bob,
  cat,
  consensus,
  edge,
  end,
  labeledOnce,
  labeling,
  review,
  reviewedTwice,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

const statusOf = (world: World, node: string): NodeStatus | undefined => currentInstance(world.cycle, node)?.status;

describe('A join', () => {
  const joined = (): World =>
    new World(
      aPipeline(
        [labeling('left'), labeling('right'), labeling('merge'), end()],
        ['start → left', 'start → right', 'left → merge', 'right → merge', 'merge → end'],
      ),
    );

  test('is deferred until everything before it is in', () => {
    const world = joined();
    expect(statusOf(world, 'merge')).toBeUndefined();

    world.labels(ann, 'left');
    expect(statusOf(world, 'merge')).toBe('deferred');
    world.labels(bob, 'right');

    expect(world.instance('merge')).toMatchObject({ visit: 1, status: 'available', reason: 'NEW' });
  });

  test('opens its branches together', () => {
    const world = joined();

    expect([statusOf(world, 'left'), statusOf(world, 'right')]).toEqual(['available', 'available']);
  });

  test('takes no work while it is deferred', () => {
    const world = joined();
    world.labels(ann, 'left');

    expect(world.codeOf(bob, 'claim', 'merge')).toBe('NODE_CLOSED');
  });

  test('goes on with those branches that were taken', () => {
    const world = new World(
      aPipeline(
        [
          labeling('sort', { actions: ['easy', 'hard'] }),
          labeling('quick'),
          labeling('slow'),
          labeling('check'),
          labeling('merge'),
          end(),
        ],
        [
          'start → sort',
          'sort : easy → quick',
          'sort : hard → slow',
          'slow → check',
          'quick → merge',
          'check → merge',
          'merge → end',
        ],
      ),
    );

    world.labels(ann, 'sort', { action: 'easy' });
    expect([statusOf(world, 'slow'), statusOf(world, 'check')]).toEqual(['na', 'na']);
    world.labels(bob, 'quick');

    expect(statusOf(world, 'merge')).toBe('available');
  });

  test('is passed by when no branch reaches it', () => {
    const world = new World(
      aPipeline(
        [
          labeling('sort', { actions: ['keep', 'drop'] }),
          labeling('a'),
          labeling('b'),
          labeling('merge'),
          end(),
          end('out', 'archive'),
        ],
        [
          'start → sort',
          'sort : keep → a',
          'sort : keep → b',
          'sort : drop → out',
          'a → merge',
          'b → merge',
          'merge → end',
        ],
      ),
    );

    world.labels(ann, 'sort', { action: 'drop' });

    expect(['a', 'b', 'merge', 'end'].map((node) => statusOf(world, node))).toEqual(['na', 'na', 'na', 'na']);
    expect(world.cycle.outcome).toBe('archive');
  });
});

describe('A discard', () => {
  test('without an edge of its own ends the task, and closes what is open elsewhere', () => {
    const world = new World(
      aPipeline(
        [labeling('left'), labeling('right'), end()],
        ['start → left', 'start → right', 'left → end', 'right → end'],
      ),
    );
    world.does(bob, 'claim', 'right');
    world.does(ann, 'claim', 'left');

    world.does(ann, 'submit', 'left', { action: 'discard' });

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'discard' });
    expect(world.instance('left')).toMatchObject({ status: 'finished', outcome: 'discard' });
    expect(world.instance('right')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(world.codeOf(bob, 'submit', 'right')).toBe('NODE_CLOSED');
  });

  test('never takes the edge that is meant for every other outcome', () => {
    const plan = aPlan(labeledOnce());

    expect(route(plan, 'annotate', 'complete')).toEqual({ taken: [1], untaken: [] });
    expect(route(plan, 'annotate', 'discard')).toEqual({ taken: [], untaken: [1] });
  });

  test('follows an edge of its own', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), labeling('second'), end()],
        ['start → annotate', 'annotate → end', 'annotate : discard → second', 'second → end'],
      ),
    );

    world.labels(ann, 'annotate', { action: 'discard' });

    expect(statusOf(world, 'second')).toBe('available');
    expect(world.cycle.status).toBe('open');
  });
});

describe('The end', () => {
  const branches = (left: 'complete' | 'archive' | 'discard', right: 'complete' | 'archive' | 'discard'): World => {
    const world = new World(
      aPipeline(
        [labeling('left'), labeling('right'), end('leftEnd', left), end('rightEnd', right)],
        ['start → left', 'start → right', 'left → leftEnd', 'right → rightEnd'],
      ),
    );
    world.labels(ann, 'left');
    expect(world.cycle.status).toBe('open');
    world.labels(bob, 'right');
    return world;
  };

  test.each([
    ['complete', 'archive', 'complete'],
    ['archive', 'complete', 'complete'],
    ['discard', 'archive', 'archive'],
    ['discard', 'discard', 'discard'],
  ] as const)('of branches to %s and %s is %s, once both are there', (left, right, outcome) => {
    expect(branches(left, right).cycle).toMatchObject({ status: 'finished', outcome });
  });

  test('is reached without any work where start leads straight to it', () => {
    expect(new World(aPipeline([end()], ['start → end'])).cycle).toMatchObject({
      status: 'finished',
      outcome: 'complete',
    });
  });

  test('leaves no instance open', () => {
    const world = branches('complete', 'complete');

    expect(Object.values(world.cycle.instances).map(({ status }) => status)).toEqual(
      expect.not.arrayContaining(['available', 'claimed', 'submitted']),
    );
  });

  test('is not reached by commands afterwards', () => {
    const world = branches('complete', 'complete');

    expect(world.codeOf(cat, 'claim', 'leftEnd')).toBe('NODE_CLOSED');
  });
});

describe('The nodes worked again', () => {
  test('are the target, the review and everything on a way between', () => {
    const plan = aPlan(reviewedTwice());

    expect(reworkedNodes(plan, 'annotate', 'qa1')).toEqual(['annotate', 'qa1']);
    expect(reworkedNodes(plan, 'annotate', 'qa2')).toEqual(['annotate', 'qa1', 'qa2']);
  });

  test('leave a branch aside that joins before the review', () => {
    const plan = aPlan(
      aPipeline(
        [labeling('left'), labeling('right'), review('qa', 'left'), end()],
        ['start → left', 'start → right', 'left → qa', 'right → qa', 'qa → end'],
      ),
    );

    expect(reworkedNodes(plan, 'left', 'qa')).toEqual(['left', 'qa']);
  });

  test('may hold a vote, which is opened anew with all its slots', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), consensus('vote', 2), review('qa', 'annotate'), end()],
        ['start → annotate', 'annotate → vote', 'vote → qa', 'qa → end'],
      ),
    );
    world.labels(ann, 'annotate');
    [bob, cat].forEach((voter) => world.votes(voter, 'vote', 'yes'));
    world.judges(rita, 'qa', 'reject');

    world.labels(ann, 'annotate');
    [bob, cat].forEach((voter) => world.votes(voter, 'vote', 'yes'));
    world.judges(rita, 'qa', 'approve');

    expect(world.cycle).toMatchObject({ outcome: 'complete', visits: { annotate: 2, vote: 2, qa: 2 } });
  });
});

test('A loop is found wherever it closes', () => {
  expect(hasLoop(['a → b', 'b → c'].map(edge))).toBe(false);
  expect(hasLoop(['a → b', 'b → c', 'c → a'].map(edge))).toBe(true);
  expect(hasLoop(['a → a'].map(edge))).toBe(true);
});
