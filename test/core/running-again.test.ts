// Recall, reopen and revise: what is taken back, what runs again, and what stays.
import { describe, expect, test } from 'vitest';
import type { NodeSettings } from '../../core/pipeline.js';
import {
  ann,
  aPipeline,
  aSubmission,
  bob,
  boss,
  code,
  consensus,
  end,
  labeledAndReviewed,
  twoReviewedBranches,
  labeling,
  review,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

/** Cat and dog side by side, then code that looks at both. */
const catAndDog = (settings: NodeSettings = {}, more: string[] = ['both → end']) =>
  aPipeline(
    [labeling('cat'), labeling('dog', { settings }), labeling('beside'), code('both'), end()],
    ['start → cat', 'start → dog', 'start → beside', 'cat → both', 'dog → both', 'beside → end', ...more],
  );

const statuses = (world: World, ...nodes: string[]) => nodes.map((node) => world.instance(node).status);
const visitsOf = (world: World, node: string): string[] =>
  world
    .eventsOf('opened')
    .flatMap(({ opened }) => (opened.node === node ? [`${opened.status} ${String(opened.visit)}`] : []));

describe('A recall', () => {
  test('gives the author the work back, and takes back what was free after it', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    const answer = world.does(ann, 'recall', 'task-1.1.annotate.1');

    expect(answer).toMatchObject({ nodeInstanceId: 'task-1.1.annotate.2', status: 'claimed', assignee: 'ann' });
    expect(world.instance('task-1.1.annotate.1')).toMatchObject({ status: 'finished', outcome: 'recalled' });
    expect(world.instance('annotate')).toMatchObject({ reason: 'REOPENED', draft: aSubmission('annotate by ann') });
    expect(world.instance('task-1.1.qa.1')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(world.cycle.counters).toEqual({});

    world.does(ann, 'submit', 'annotate', { submission: aSubmission('better') });
    world.judges(rita, 'qa', 'approve');
    expect(world.cycle).toMatchObject({
      outcome: 'complete',
      results: { annotate: { submission: aSubmission('better') } },
    });
  });

  test('is for the author, and over once somebody has begun what follows', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    expect(world.codeOf(boss, 'recall', 'annotate')).toBe('NOT_AUTHOR');
    world.does(rita, 'claim', 'qa');

    expect(world.codeOf(ann, 'recall', 'annotate')).toBe('TAKEN_UP');

    world.does(rita, 'release', 'qa');
    expect(world.codeOf(ann, 'recall', 'annotate')).toBe('ok');
    expect(world.codeOf(ann, 'recall', 'task-1.1.annotate.1')).toBe('NODE_CLOSED');
  });

  test('leaves other branches alone, and a join waits again', () => {
    const world = new World(
      aPipeline(
        [labeling('cat'), labeling('dog'), labeling('both'), end()],
        ['start → cat', 'start → dog', 'cat → both', 'dog → both', 'both → end'],
      ),
    );
    world.labels(ann, 'cat');
    world.labels(bob, 'dog');

    world.does(bob, 'recall', 'dog');

    expect(statuses(world, 'cat', 'dog', 'both')).toEqual(['finished', 'claimed', 'deferred']);
    world.does(bob, 'submit', 'dog');
    expect(visitsOf(world, 'both')).toEqual(['deferred 1', 'available 1', 'deferred 2', 'available 2']);
  });

  test('is a claim, which a pause refuses', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.hears({ type: 'paused', at: world.now, actor: boss });

    expect(world.codeOf(ann, 'recall', 'annotate')).toBe('TASK_PAUSED');
    expect(world.codeOf(boss, 'reopen', 'annotate')).toBe('ok');
  });

  test('works within rework', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    world.labels(ann, 'annotate');

    expect(world.does(ann, 'recall', 'annotate').nodeInstanceId).toBe('task-1.1.annotate.3');
    world.does(ann, 'submit', 'annotate', { submission: aSubmission() });
    world.judges(rita, 'qa', 'approve');

    expect(world.cycle).toMatchObject({ status: 'finished', counters: { qa: { failures: 1, reReviews: 1 } } });
  });
});

describe('A reopen', () => {
  test('touches nothing after it until it is done again; then that runs again, once', () => {
    const world = new World(catAndDog());
    world.labels(ann, 'cat');
    world.labels(bob, 'dog');
    world.answers('both');

    world.does(boss, 'reopen', 'dog');
    expect(statuses(world, 'cat', 'dog', 'both')).toEqual(['finished', 'available', 'finished']);
    expect(world.instance('dog')).toMatchObject({ reservedFor: 'bob', reason: 'REOPENED', visit: 2 });

    world.labels(bob, 'dog');
    expect(world.instance('task-1.1.both.1')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(world.executionAt('both')).toBe('task-1.1.both.2.x1');
    world.answers('both');
    expect(world.eventsOf('executionStarted')).toHaveLength(2);
    expect(visitsOf(world, 'cat')).toEqual(['available 1']);
    world.labels(ann, 'beside');
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });

  test('holds back what has not begun', () => {
    const world = new World(catAndDog());
    world.labels(bob, 'dog');
    world.does(boss, 'reopen', 'dog');

    world.labels(ann, 'cat');
    expect(world.eventsOf('executionStarted')).toEqual([]);
    world.labels(bob, 'dog');

    expect(world.eventsOf('executionStarted')).toHaveLength(1);
    expect(world.executionAt('both')).toBe('task-1.1.both.2.x1');
  });

  test('overtakes a program at work: what its run says changes nothing', () => {
    const world = new World(catAndDog());
    world.labels(ann, 'cat');
    world.labels(bob, 'dog');
    const run = world.executionAt('both');
    world.does(bob, 'reopen', 'dog');
    world.labels(bob, 'dog');

    world.reports(run, { ok: true, result: {} });

    expect(world.instance('both')).toMatchObject({ visit: 2, status: 'claimed' });
  });

  test('without rerunOnStatusChange leaves what follows: only the submission is new', () => {
    const world = new World(catAndDog({ rerunOnStatusChange: false }));
    world.labels(ann, 'cat');
    world.labels(bob, 'dog');
    world.answers('both');
    expect(world.codeOf(bob, 'reopen', 'dog')).toBe('NOT_AUTHOR');

    world.does(boss, 'reopen', 'dog');
    world.labels(bob, 'dog', { submission: aSubmission('new') });

    expect(world.eventsOf('executionStarted')).toHaveLength(1);
    expect(world.instance('both')).toMatchObject({ visit: 1, outcome: 'complete' });
    expect(world.cycle.results['dog']?.submission).toEqual(aSubmission('new'));
    expect(statuses(world, 'dog')).toEqual(['finished']);
  });

  test('with values is handed in at once, and may end otherwise', () => {
    const world = new World(
      aPipeline(
        [labeling('sort', { actions: ['left', 'right'] }), labeling('l'), labeling('r'), end()],
        ['start → sort', 'sort : left → l', 'sort : right → r', 'l → end', 'r → end'],
      ),
    );
    world.labels(ann, 'sort', { action: 'left' });
    world.does(bob, 'claim', 'l');

    world.does(ann, 'reopen', 'sort', { action: 'right' });

    expect(world.instance('task-1.1.l.1')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(statuses(world, 'l', 'r')).toEqual(['na', 'available']);
    expect(world.codeOf(boss, 'reopen', 'sort', { action: 'up' })).toBe('INVALID_ACTION');
  });

  test('is one of two at once', () => {
    const world = new World(catAndDog());
    world.labels(bob, 'dog');

    expect(world.codeOf(boss, 'reopen', 'task-1.1.dog.1')).toBe('ok');
    expect(world.codeOf(bob, 'reopen', 'task-1.1.dog.1')).toBe('REOPEN_REFUSED');
  });

  test('of reviewed work counts a further round, no failure; one too many holds the review', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), review('qa', 'annotate', { limits: { maxReReviews: 1 } }), labeling('last'), end()],
        ['start → annotate', 'annotate → qa', 'qa → last', 'last → end'],
      ),
    );
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'approve');
    const again = (): void => {
      world.does(ann, 'reopen', 'annotate', { submission: aSubmission() });
    };
    again();
    expect(world.cycle.counters['qa']).toEqual({ failures: 0, reReviews: 1, reopened: true });
    world.judges(rita, 'qa', 'approve');
    again();

    expect(world.instance('qa')).toMatchObject({ status: 'quarantined', hold: { reason: 'too many re-reviews' } });
    world.does(boss, 'resolve', 'qa', { how: 'return' });
    world.judges(rita, 'qa', 'approve');
    world.labels(bob, 'last');
    expect(world.cycle.status).toBe('finished');
  });

  test('of work that a rework child had is the cycle’s', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), review('qa', 'annotate'), labeling('last'), end()],
        ['start → annotate', 'annotate → qa', 'qa → last', 'last → end'],
      ),
    );
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'approve');
    const reworked = { instance: 'task-1.1.annotate.2' };

    expect(world.codeOf(boss, 'reopen', 'task-1.1.annotate.1')).toBe('REOPEN_REFUSED');
    expect(world.does(boss, 'reopen', 'last', reworked).nodeInstanceId).toBe('task-1.1.annotate.3');
    world.labels(ann, 'annotate');

    expect(world.instance('task-1.1.last.1')).toMatchObject({ outcome: 'superseded' });
    world.judges(rita, 'qa', 'approve');
    world.labels(bob, 'last');
    expect(world.cycle).toMatchObject({ status: 'finished', counters: { qa: { failures: 1, reReviews: 2 } } });
  });

  test('upstream of rework begins that anew', () => {
    const world = new World(
      aPipeline(
        [labeling('sort'), labeling('annotate'), review('qa', 'annotate'), end()],
        ['start → sort', 'sort → annotate', 'annotate → qa', 'qa → end'],
      ),
    );
    world.labels(bob, 'sort');
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    world.does(boss, 'reopen', 'sort', { submission: aSubmission() });

    expect(world.child.status).toBe('finished');
    expect(world.instance('annotate')).toMatchObject({ id: 'task-1.1.annotate.3', status: 'available' });
    expect(world.cycle.counters['qa']).toMatchObject({ failures: 1, reReviews: 1 });
  });

  test('waits for no rework: a review that rejects meanwhile is answered by the open visit', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(rita, 'claim', 'qa');
    world.does(boss, 'reopen', 'annotate');

    world.does(rita, 'reject', 'qa');

    expect(world.children).toEqual([]);
    world.labels(ann, 'annotate');
    expect(world.instance('qa')).toMatchObject({ visit: 2, status: 'available', reservedFor: 'rita' });
  });

  test('is refused for votes, and for what is not done', () => {
    const world = new World(
      aPipeline([consensus('vote', 1), labeling('last'), end()], ['start → vote', 'vote → last', 'last → end']),
    );
    world.votes(ann, 'vote', 'cat');

    expect(world.codeOf(boss, 'reopen', 'vote')).toBe('NOT_MOVABLE');
    expect(world.codeOf(boss, 'reopen', 'last')).toBe('REOPEN_REFUSED');
  });
});

describe('A revision', () => {
  const reviewed = (): World => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    return world;
  };
  const submission = aSubmission('revised');

  test('puts other values in place, and a review that was claimed has to read them', () => {
    const world = reviewed();
    world.does(rita, 'claim', 'qa');

    world.does(boss, 'revise', 'annotate', { submission });

    expect(world.instance('annotate')).toMatchObject({ visit: 1, submission });
    expect(world.cycle.results['annotate']).toMatchObject({ performers: ['ann', 'boss'], submission });
    expect(world.codeOf(rita, 'approve', 'qa')).toBe('STALE_TASK');
    expect(world.codeOf(rita, 'approve', 'qa', { expectedVersion: 2 })).toBe('STALE_TASK');
    expect(world.codeOf(rita, 'approve', 'qa', { expectedVersion: 3 })).toBe('ok');
  });

  test('reaches what a rework child did that has ended', () => {
    const world = new World(twoReviewedBranches());
    world.labels(ann, 'cat');
    world.judges(rita, 'qaCat', 'reject');
    world.labels(ann, 'cat');
    world.judges(rita, 'qaCat', 'approve');

    const answer = world.does(boss, 'revise', 'cat', { submission });

    expect(answer).toEqual({
      nodeInstanceId: world.instance('cat').id,
      taskId: 'task-1',
      status: 'finished',
      outcome: 'complete',
    });
    expect(world.cycle.results['cat']).toMatchObject({ performers: ['ann', 'boss'], submission });
  });

  test('by who gives the work back is told no more', () => {
    const world = reviewed();
    world.does(rita, 'claim', 'qa');
    world.does(boss, 'revise', 'annotate', { submission });
    world.does(rita, 'release', 'qa');

    world.judges(rita, 'qa', 'approve');

    expect(world.cycle.status).toBe('finished');
  });

  test('runs what follows again only where it says so', () => {
    const world = new World(catAndDog());
    world.labels(ann, 'cat');
    world.labels(bob, 'dog');
    world.answers('both');

    world.does(boss, 'revise', 'dog', { submission });
    expect(world.eventsOf('executionStarted')).toHaveLength(1);
    world.does(boss, 'revise', 'dog', { submission, rerun: true });

    expect(world.eventsOf('executionStarted')).toHaveLength(2);
    expect(world.codeOf(ann, 'revise', 'cat')).toBe('NOT_AUTHOR');
  });
});
