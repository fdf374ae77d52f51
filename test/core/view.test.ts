import { describe as group, expect, test } from 'vitest';
import { openNodes } from '../../core/advance.js';
import type { StreamState, TaskStatus } from '../../core/state.js';
import { describe, taskStatus, waitingFor, waitingRoles } from '../../core/view.js';
import {
  ann,
  bob,
  boss,
  dawn,
  hour,
  labeledAndReviewed,
  labeledOnce,
  ravi,
  rita,
  twoReviewedBranches,
  votedOn,
} from '../support/builders.js';
import { World } from './world.js';

const paused = (state: StreamState): StreamState => ({ ...state, clock: { pausedTotalMs: 0, pausedAtMs: dawn } });

/** One branch escalated, the other in work. */
function escalatedBranch(): World {
  const world = new World(twoReviewedBranches());
  world.does(bob, 'claim', 'dog');
  world.does(boss, 'escalate', 'cat', { reason: 'blurred' });
  return world;
}

function quarantined(): World {
  const world = new World(labeledAndReviewed({ limits: { maxReReviews: 0 } }));
  world.labels(ann, 'annotate');
  world.judges(rita, 'qa', 'reject');
  return world;
}

group('The status of a task', () => {
  const cases: [TaskStatus, string, () => StreamState][] = [
    ['pending', 'nothing was claimed', () => new World(labeledOnce()).cycle],
    [
      'in_progress',
      'something was claimed, even if it was given back',
      () => {
        const world = new World(labeledOnce());
        world.does(ann, 'claim', 'annotate');
        world.does(ann, 'release', 'annotate');
        return world.cycle;
      },
    ],
    ['paused', 'its clock stands still', () => paused(new World(labeledOnce()).cycle)],
    ['escalated', 'a branch is escalated, whatever else is worked on', () => escalatedBranch().cycle],
    ['escalated', 'it is paused as well', () => paused(escalatedBranch().cycle)],
    ['quarantined', 'a rework child holds it in quarantine', () => quarantined().cycle],
    [
      'quarantined',
      'one branch is in quarantine and another escalated',
      () => {
        const world = escalatedBranch();
        const { cycle } = world;
        const dog = world.instance('dog');
        return { ...cycle, instances: { ...cycle.instances, [dog.id]: { ...dog, status: 'quarantined' } } };
      },
    ],
    [
      'finished',
      'it has ended, paused or not',
      () => {
        const world = new World(labeledOnce());
        world.labels(ann, 'annotate');
        return paused(world.cycle);
      },
    ],
  ];

  test.each(cases)('is %s when %s', (status, _, state) => {
    expect(taskStatus(state())).toBe(status);
  });

  test('is in progress again once a hold is resolved', () => {
    const world = quarantined();

    world.does(boss, 'resolve', 'annotate', { how: 'return' });

    expect(taskStatus(world.cycle)).toBe('in_progress');
  });
});

group('What a stream waits for', () => {
  test('is a role where the work is free', () => {
    const world = new World(labeledAndReviewed());

    expect(waitingFor(world.cycle)).toEqual([
      {
        node: 'annotate',
        kind: 'labeling',
        instance: 'task-1.1.annotate.1',
        status: 'available',
        for: 'annotator',
        since: '2026-03-02T09:00:00.000Z',
      },
    ]);
  });

  test('is its holder, until the lease ends', () => {
    const world = new World(labeledOnce());
    world.passes(hour);
    world.does(ann, 'claim', 'annotate');

    expect(waitingFor(world.cycle)).toMatchObject([
      { for: 'ann', since: '2026-03-02T10:00:00.000Z', until: '2026-03-02T10:30:00.000Z' },
    ]);
  });

  test('is the person it is kept for, until it is freed', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');

    expect(waitingFor(world.child)).toMatchObject([{ for: 'ann', until: '2026-03-03T09:00:00.000Z' }]);
  });

  test('is an admin where it is held, with the reason', () => {
    expect(waitingFor(escalatedBranch().cycle)).toContainEqual(
      expect.objectContaining({ node: 'cat', for: 'admin', reason: 'blurred' }),
    );
  });

  test('is the review, not the work that was handed in', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    expect(waitingFor(world.cycle)).toMatchObject([{ node: 'qa', for: 'reviewer' }]);
  });

  test('has no end while the clock stands still', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    expect(waitingFor(paused(world.cycle))[0]).not.toHaveProperty('until');
  });

  test('does not count from a claim that is over', () => {
    const world = new World(labeledOnce());
    world.passes(hour);
    world.does(ann, 'claim', 'annotate');
    world.passes(hour);

    expect(waitingFor(world.cycle)[0]).toMatchObject({ for: 'annotator' });
    expect(waitingFor(world.cycle)[0]?.since).not.toBe('2026-03-02T10:00:00.000Z');
  });

  test('is nothing once it has ended', () => {
    const world = new World(labeledOnce());
    world.labels(ann, 'annotate');

    expect(waitingFor(world.cycle)).toEqual([]);
    expect(waitingRoles(world.cycle)).toEqual([]);
    expect(openNodes(world.cycle)).toEqual([]);
  });
});

group('The roles waited for', () => {
  test('are each named once', () => {
    expect(waitingRoles(new World(twoReviewedBranches()).cycle)).toEqual(['annotator']);
    expect(waitingRoles(new World(votedOn(3)).cycle)).toEqual(['annotator']);
    expect(waitingRoles(escalatedBranch().cycle)).toEqual(['admin', 'annotator']);
  });

  test('are those of the rework, or an admin where it is held', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(ravi, 'qa', 'reject');
    expect(waitingRoles(world.cycle)).toEqual(['annotator', 'reviewer']);

    world.does(boss, 'escalate', 'annotate');

    expect(waitingRoles(world.cycle)).toEqual(['admin']);
  });

  test('go with the nodes that the task is at', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    expect(openNodes(world.cycle)).toEqual(['qa']);

    world.judges(rita, 'qa', 'reject');

    expect(openNodes(world.cycle)).toEqual(['annotate']);
    expect(openNodes(world.child)).toEqual(['annotate']);
  });
});

group('The description', () => {
  test('says who or what is waited for, since when and until when', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    expect(describe(world.cycle)).toBe(
      [
        'Task **in_progress**\n',
        '- **annotate** is claimed: waits for `ann` since 2026-03-02T09:00:00.000Z, until 2026-03-02T09:30:00.000Z',
        '',
        'Next deadline 2026-03-02T09:30:00.000Z',
      ].join('\n'),
    );
  });

  test('says why work is held', () => {
    expect(describe(escalatedBranch().cycle)).toContain('- **cat** is escalated: waits for `admin`');
    expect(describe(escalatedBranch().cycle)).toContain('(blurred)');
  });

  test('says what work stands still with, unless somebody can go on with it', () => {
    const world = escalatedBranch();
    const lines = describe(paused(world.cycle)).split('\n');

    expect(lines.find((line) => line.includes('**dog**'))).toMatch(
      /is claimed: waits for `bob`.*; paused with its pipeline$/,
    );
    expect(lines.find((line) => line.includes('**cat**'))).toMatch(/\(blurred\)$/);
    const own = { ...world.cycle, clock: { pausedTotalMs: 0, own: { pausedTotalMs: 0, pausedAtMs: dawn, turns: 1 } } };
    expect(describe(own)).toContain('; paused with the task');
    const node = {
      ...world.cycle,
      clock: { pausedTotalMs: 0, nodes: { dog: { pausedTotalMs: 0, pausedAtMs: dawn } } },
    };
    expect(describe(node)).toContain('; paused with its node');
  });

  test('points to the workflow that does the rework', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');

    expect(describe(world.cycle)).toBe(
      'Task **in_progress**\n\n- **annotate** is reworked: see workflow `rework:task-1.1:annotate:2`',
    );
    expect(describe(quarantined().cycle)).toContain('- **annotate** is quarantined: see workflow');
  });

  test('leaves out slots that nobody works on', () => {
    const world = new World(votedOn(3));
    world.does(ann, 'claim', 'vote');

    expect(describe(world.cycle).match(/^- /gm)).toHaveLength(2);
  });

  test('says how many votes are in', () => {
    const world = new World(votedOn(3));
    world.votes(ann, 'vote', 'cat');

    expect(describe(world.cycle)).toContain(
      '- **vote** is available: waits for `annotator` (1 of 3 votes are in) since',
    );
  });

  test('names the outcome once the task has ended', () => {
    const world = new World(labeledOnce());
    world.labels(ann, 'annotate');

    expect(describe(world.cycle)).toBe('**finished**, outcome `complete`');
  });
});
