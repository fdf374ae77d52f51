import { describe, expect, test } from 'vitest';
import {
  ann,
  aPipeline,
  bob,
  boss,
  day,
  end,
  labeling,
  ravi,
  review,
  reviewedTwice,
  rita,
  twoReviewedBranches,
  cat,
  dan,
} from '../support/builders.js';
import { World } from './world.js';

describe('A chain of two reviews', () => {
  /** Passed by qa1, rejected by qa2. */
  const rejectedByTheSecond = (qa1 = {}, qa2 = {}): World => {
    const world = new World(reviewedTwice(qa1, qa2));
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa1', 'approve');
    world.judges(ravi, 'qa2', 'reject');
    return world;
  };

  test('keeps the work submitted until the last of them has passed', () => {
    const world = new World(reviewedTwice());
    world.labels(ann, 'annotate');

    world.judges(rita, 'qa1', 'approve');
    expect(world.instance('annotate').status).toBe('submitted');
    world.judges(ravi, 'qa2', 'approve');

    expect(world.instance('annotate').status).toBe('finished');
    expect(world.cycle.outcome).toBe('complete');
  });

  test('has the first review done again when the second rejects', () => {
    const world = rejectedByTheSecond();
    expect(world.child.scope?.nodes).toEqual(['annotate', 'qa1', 'qa2']);

    world.labels(ann, 'annotate');
    expect(world.instance('qa1')).toMatchObject({ visit: 2, status: 'available' });
    world.judges(rita, 'qa1', 'approve');
    world.judges(ravi, 'qa2', 'approve');

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(world.cycle.counters).toEqual({ qa2: { failures: 1, reReviews: 1 } });
  });

  test('goes round inside the child when the first review rejects there', () => {
    const world = rejectedByTheSecond();
    world.labels(ann, 'annotate');

    world.judges(rita, 'qa1', 'reject');

    expect(world.children).toHaveLength(1);
    expect(world.instance('annotate')).toMatchObject({ visit: 3, status: 'available', reservedFor: 'ann' });
    expect(world.child.counters).toEqual({
      qa1: { failures: 1, reReviews: 1 },
      qa2: { failures: 1, reReviews: 1 },
    });
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa1', 'approve');
    world.judges(ravi, 'qa2', 'approve');
    expect(world.cycle).toMatchObject({ outcome: 'complete', visits: { annotate: 3, qa1: 3, qa2: 2 } });
  });

  test('hands over to a new child when the second rejects after the first one had', () => {
    const world = new World(reviewedTwice());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa1', 'reject');
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa1', 'approve');
    expect(world.child.scope?.nodes).toEqual(['annotate', 'qa1']);

    world.judges(ravi, 'qa2', 'reject');

    expect(world.children.map(({ workflowId }) => workflowId)).toEqual([
      'rework:task-1.1:annotate:2',
      'rework:task-1.1:annotate:3',
    ]);
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa1', 'approve');
    world.judges(ravi, 'qa2', 'approve');
    expect(world.cycle.outcome).toBe('complete');
  });

  test('gives the failures of the review that held the work back, not those of another', () => {
    const world = rejectedByTheSecond({ limits: { maxReviewFailures: 0 } });
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa1', 'reject');
    expect(world.instance('annotate').status).toBe('escalated');

    world.does(boss, 'resolve', 'annotate', { how: 'return' });

    expect(world.child.counters).toEqual({
      qa1: { failures: 0, reReviews: 1 },
      qa2: { failures: 1, reReviews: 1 },
    });
  });

  test('passes only the review that held the work when it is accepted', () => {
    const world = rejectedByTheSecond({ limits: { maxReviewFailures: 0 } });
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa1', 'reject');

    world.does(boss, 'resolve', 'annotate', { how: 'accept' });

    expect(world.instance('task-1.1.qa1.3').status).toBe('na');
    expect(world.instance('qa2')).toMatchObject({ visit: 2, status: 'available' });
    world.judges(ravi, 'qa2', 'approve');
    expect(world.cycle.outcome).toBe('complete');
  });
});

describe('Rework on one of two branches', () => {
  const bothRejected = (): World => {
    const world = new World(twoReviewedBranches());
    world.labels(ann, 'cat');
    world.labels(bob, 'dog');
    world.judges(rita, 'qaCat', 'reject');
    world.judges(ravi, 'qaDog', 'reject');
    return world;
  };

  test('lets the other branch go on, and the join waits for both', () => {
    const world = new World(twoReviewedBranches());
    world.labels(ann, 'cat');
    world.judges(rita, 'qaCat', 'reject');

    world.labels(bob, 'dog');
    world.judges(ravi, 'qaDog', 'approve');

    expect(world.instance('merge').status).toBe('deferred');
    world.labels(ann, 'cat');
    world.judges(rita, 'qaCat', 'approve');
    expect(world.instance('merge').status).toBe('available');
  });

  test('reports only of its own branch: what the other did meanwhile stands', () => {
    const world = bothRejected();
    const [catChild, dogChild] = world.children.map(({ workflowId }) => workflowId);
    world.labels(bob, 'dog', { submission: { id: 'better dog', hash: 'h' } });
    world.judges(ravi, 'qaDog', 'approve');
    expect(world.stream(dogChild ?? '').status).toBe('finished');

    world.labels(ann, 'cat', { submission: { id: 'better cat', hash: 'h' } });
    world.judges(rita, 'qaCat', 'approve');

    expect(world.stream(catChild ?? '').status).toBe('finished');
    expect(world.cycle).toMatchObject({
      visits: { cat: 2, dog: 2, qaCat: 2, qaDog: 2 },
      counters: { qaCat: { failures: 1, reReviews: 1 }, qaDog: { failures: 1, reReviews: 1 } },
      results: { cat: { submission: { id: 'better cat' } }, dog: { submission: { id: 'better dog' } } },
    });
    expect(world.instance('merge').status).toBe('available');
  });

  test('never visits a node twice under one number, whichever branch ended first', () => {
    const world = new World(
      aPipeline(
        [
          labeling('cat'),
          review('qaCat', 'cat'),
          labeling('dog'),
          review('qaDog', 'dog'),
          review('last', 'dog'),
          end(),
        ],
        ['start → cat', 'start → dog', 'cat → qaCat', 'dog → qaDog', 'qaCat → last', 'qaDog → last', 'last → end'],
      ),
    );
    world.labels(ann, 'cat');
    world.judges(rita, 'qaCat', 'reject');
    world.labels(bob, 'dog');
    world.judges(ravi, 'qaDog', 'reject');
    world.labels(bob, 'dog');
    world.judges(ravi, 'qaDog', 'approve');
    world.labels(ann, 'cat');
    world.judges(rita, 'qaCat', 'approve');

    world.judges(dan, 'last', 'reject');

    expect(world.instance('dog')).toMatchObject({ visit: 3, status: 'available' });
    expect(world.child.workflowId).toBe('rework:task-1.1:dog:3');
  });

  test('that discards ends the whole task', () => {
    const world = bothRejected();

    world.does(ann, 'claim', 'cat');
    world.does(ann, 'submit', 'cat', { action: 'discard' });

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'discard' });
  });

  test('that restarts gives no visit of the other branch away twice', () => {
    const world = bothRejected();
    const other = world.instance('dog').id;
    world.does(boss, 'escalate', 'cat');

    world.does(boss, 'resolve', 'cat', { how: 'restart' });

    expect(Object.keys(world.cycle.instances)).not.toContain(other);
    expect(world.cycle.visits).toMatchObject({ cat: 3, dog: 3 });
  });

  test('that restarts leaves no child of the other branch running unknown to the cycle', () => {
    const world = bothRejected();
    world.does(boss, 'escalate', 'cat');

    world.does(boss, 'resolve', 'cat', { how: 'restart' });

    expect(world.children.filter(({ status }) => status === 'open')).toEqual([]);
  });

  test('that restarts gives no visit away that the other branch made in its rework', () => {
    const world = bothRejected();
    world.labels(bob, 'dog');
    world.judges(ravi, 'qaDog', 'reject');
    const other = world.instance('dog').id;
    expect(world.cycle.visits).toMatchObject({ dog: 2 });
    world.does(boss, 'escalate', 'cat');

    world.does(boss, 'resolve', 'cat', { how: 'restart' });

    expect(world.cycle.visits).toMatchObject({ cat: 3, dog: 4 });
    expect(Object.keys(world.cycle.instances)).not.toContain(other);
    world.labels(bob, 'dog');
    world.judges(ravi, 'qaDog', 'approve');
    expect(world.cycle.visits).toMatchObject({ qaDog: 3 });
  });
});

describe('Two reviews of one node, side by side', () => {
  const inParallel = (): World => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), review('qa1', 'annotate'), review('qa2', 'annotate'), end()],
        ['start → annotate', 'annotate → qa1', 'annotate → qa2', 'qa1 → end', 'qa2 → end'],
      ),
    );
    world.labels(ann, 'annotate');
    return world;
  };

  test('finish the work once both have passed', () => {
    const world = inParallel();

    world.judges(rita, 'qa1', 'approve');
    expect(world.instance('annotate').status).toBe('submitted');
    world.judges(ravi, 'qa2', 'approve');

    expect(world.cycle.outcome).toBe('complete');
  });

  test('may both reject without the task being lost', () => {
    const world = inParallel();

    world.judges(rita, 'qa1', 'reject');
    world.tries(ravi, 'claim', 'qa2');
    world.tries(ravi, 'reject', 'qa2');
    for (let round = 0; round < 4 && world.cycle.status === 'open'; round += 1) {
      for (const node of ['annotate', 'qa1', 'qa2']) {
        world.passes(2 * day);
        world.tries(node === 'annotate' ? cat : dan, 'claim', node);
        world.tries(node === 'annotate' ? cat : dan, node === 'annotate' ? 'submit' : 'approve', node);
      }
    }

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });
});
