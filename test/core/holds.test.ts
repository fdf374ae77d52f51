import { describe, expect, test } from 'vitest';
import { ann, aSubmission, bob, boss, hour, labeledAndReviewed, minute, ravi, rita } from '../support/builders.js';
import { World } from './world.js';

/** Labeled by Ann and rejected by Rita so many times. */
function rejectedTimes(times: number, limits: { maxReviewFailures?: number; maxReReviews?: number }): World {
  const world = new World(labeledAndReviewed({ limits }));
  for (let round = 1; round <= times; round += 1) {
    world.labels(ann, 'annotate', { submission: aSubmission(`try ${String(round)}`) });
    world.judges(rita, 'qa', 'reject');
  }
  return world;
}

const escalated = (): World => rejectedTimes(2, { maxReviewFailures: 1, maxReReviews: 9 });
const quarantined = (): World => rejectedTimes(2, { maxReviewFailures: 1, maxReReviews: 1 });

describe('The limits of a review', () => {
  test('let the work come back as often as maxReviewFailures says', () => {
    const world = rejectedTimes(2, { maxReviewFailures: 2, maxReReviews: 4 });

    expect(world.instance('annotate').status).toBe('available');
  });

  test('escalate the reviewed node at the failure after that', () => {
    const world = rejectedTimes(3, { maxReviewFailures: 2, maxReReviews: 4 });

    expect(world.instance('annotate')).toMatchObject({
      visit: 4,
      status: 'escalated',
      hold: { by: 'taskloom', reason: 'too many failed reviews' },
      draft: aSubmission('try 3'),
    });
    expect(world.instance('annotate')).not.toHaveProperty('reservedFor');
    expect(world.instance('task-1.1.qa.3')).toMatchObject({ status: 'finished', verdict: 'fail' });
  });

  test('quarantine after more re-reviews than maxReReviews', () => {
    const world = rejectedTimes(3, { maxReviewFailures: 9, maxReReviews: 2 });

    expect(world.instance('annotate')).toMatchObject({
      status: 'quarantined',
      hold: { reason: 'too many re-reviews' },
    });
  });

  test('quarantine when one verdict passes both', () => {
    expect(quarantined().instance('annotate').status).toBe('quarantined');
  });

  test('may hold the work at the very first failure, which the cycle knows at once', () => {
    const world = rejectedTimes(1, { maxReviewFailures: 0 });

    expect(world.instance('annotate').status).toBe('escalated');
    expect(Object.values(world.cycle.reworks)).toMatchObject([{ held: 'escalated' }]);
  });

  test('are two failures and four re-reviews by default', () => {
    expect(rejectedTimes(2, {}).instance('annotate').status).toBe('available');
    expect(rejectedTimes(3, {}).instance('annotate').status).toBe('escalated');
  });
});

describe('Work that is held', () => {
  test('takes no command but those of the people who decide on it', () => {
    const world = escalated();

    for (const command of [
      'claim',
      'release',
      'heartbeat',
      'submit',
      'approve',
      'reject',
      'vote',
      'escalate',
    ] as const) {
      expect(world.codeOf(boss, command, 'annotate'), command).toBe('NODE_HELD');
    }
  });

  test('is resolved by managers and admins only', () => {
    expect(escalated().codeOf(ann, 'resolve', 'annotate')).toBe('NOT_HOLDER');
  });

  test('is not de-escalated out of a quarantine', () => {
    expect(quarantined().codeOf(boss, 'deescalate', 'annotate')).toBe('NODE_HELD');
  });
});

describe('Return', () => {
  test('from an escalation lets failures start again, and re-reviews go on', () => {
    const world = escalated();

    world.does(boss, 'resolve', 'annotate', { how: 'return', comment: 'try once more' });

    expect(world.child.counters).toEqual({ qa: { failures: 0, reReviews: 2 } });
    expect(world.instance('annotate')).toMatchObject({
      status: 'available',
      reason: 'REOPENED',
      draft: aSubmission('try 2'),
    });
    expect(world.instance('annotate')).not.toHaveProperty('hold');
    expect(world.eventsOf('resolved')).toMatchObject([
      { how: 'return', comment: 'try once more', actor: { id: 'boss' } },
    ]);
  });

  test('from a quarantine lets both start again', () => {
    const world = quarantined();

    world.does(boss, 'resolve', 'annotate', { how: 'return' });

    expect(world.child.counters).toEqual({ qa: { failures: 0, reReviews: 0 } });
  });

  test('counts failures anew: the next one does not escalate', () => {
    const world = escalated();
    world.does(boss, 'resolve', 'annotate', { how: 'return' });
    world.labels(ann, 'annotate');

    world.judges(rita, 'qa', 'reject');

    expect(world.instance('annotate').status).toBe('available');
    expect(world.child.counters).toEqual({ qa: { failures: 1, reReviews: 3 } });
  });

  test('may keep the work for a person, but not for ever', () => {
    const world = escalated();

    world.does(boss, 'resolve', 'annotate', { how: 'return', to: 'bob' });

    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('FOREIGN_RESERVATION');
    world.passes(24 * hour);
    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('ok');
  });

  test('gives the work to the person it is kept for', () => {
    const world = escalated();
    world.does(boss, 'resolve', 'annotate', { how: 'return', to: 'bob' });

    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('ok');
  });
});

describe('Accept', () => {
  test('passes the review that held the work, and nothing between runs again', () => {
    const world = escalated();

    world.does(boss, 'resolve', 'annotate', { how: 'accept' });

    expect(world.instance('task-1.1.annotate.3')).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(world.instance('task-1.1.qa.3').status).toBe('na');
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(world.cycle.results['annotate']).toMatchObject({ performers: ['ann'], submission: aSubmission('try 2') });
  });

  test('works from a quarantine too', () => {
    const world = quarantined();

    world.does(boss, 'resolve', 'annotate', { how: 'accept' });

    expect(world.cycle.outcome).toBe('complete');
  });

  test('is refused where nothing was handed in', () => {
    const world = new World(labeledAndReviewed());
    world.does(boss, 'escalate', 'annotate');

    expect(world.codeOf(boss, 'resolve', 'annotate', { how: 'accept' })).toBe('INVALID_ACTION');
  });

  test('of an escalated review passes it', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(boss, 'escalate', 'qa');

    world.does(boss, 'resolve', 'qa', { how: 'accept' });

    expect(world.instance('qa')).toMatchObject({ status: 'finished', verdict: 'pass', performer: 'boss' });
    expect(world.cycle.outcome).toBe('complete');
  });

  test('of work that a person escalated hands in its draft, which is then reviewed', () => {
    const world = rejectedTimes(1, {});
    world.does(boss, 'escalate', 'annotate');

    world.does(boss, 'resolve', 'annotate', { how: 'accept' });

    expect(world.instance('annotate')).toMatchObject({ status: 'submitted', submission: aSubmission('try 1') });
    expect(world.instance('qa')).toMatchObject({ visit: 2, status: 'available' });
  });

  test('leaves the author of what was accepted the author, who still may not review it', () => {
    const world = rejectedTimes(1, {});
    world.does(boss, 'escalate', 'annotate');

    world.does(boss, 'resolve', 'annotate', { how: 'accept' });

    expect(world.codeOf(ann, 'claim', 'qa')).toBe('PERFORMER_EXCLUDED');
  });
});

describe('Fix and accept', () => {
  test('needs the corrected submission', () => {
    expect(escalated().codeOf(boss, 'resolve', 'annotate', { how: 'fixAndAccept' })).toBe('MALFORMED_COMMAND');
  });

  test('passes the correction on, as the work of the person who corrected', () => {
    const world = escalated();

    world.does(boss, 'resolve', 'annotate', { how: 'fixAndAccept', submission: aSubmission('fixed') });

    expect(world.instance('task-1.1.annotate.3')).toMatchObject({
      performer: 'boss',
      submission: aSubmission('fixed'),
    });
    expect(world.cycle.outcome).toBe('complete');
    expect(world.cycle.results['annotate']).toMatchObject({ performers: ['boss'], submission: aSubmission('fixed') });
  });

  test('of an escalated review has the verdict fixed, and later nodes get the correction', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(boss, 'escalate', 'qa');

    world.does(boss, 'resolve', 'qa', { how: 'fixAndAccept', submission: aSubmission('fixed') });

    expect(world.instance('qa').verdict).toBe('fixed');
    expect(world.cycle.results['annotate']?.submission).toEqual(aSubmission('fixed'));
  });
});

describe('Discard and restart', () => {
  test('discard ends the task', () => {
    const world = escalated();

    world.does(boss, 'resolve', 'annotate', { how: 'discard' });

    expect(world.instance('annotate')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(world.child.exit?.how).toBe('discarded');
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'discard' });
    expect(world.eventsOf('ended')[0]?.actor).toEqual(boss);
  });

  test('restart of rework begins the cycle anew, without its counters', () => {
    const world = quarantined();

    world.does(boss, 'resolve', 'annotate', { how: 'restart' });

    expect(world.child.exit?.how).toBe('restarted');
    expect(world.cycle).toMatchObject({ status: 'open', counters: {}, results: {}, reworks: {} });
    expect(world.instance('annotate')).toMatchObject({ id: 'task-1.1.annotate.4', status: 'available', reason: 'NEW' });
  });

  test('restart of work in the cycle begins at its start with the next visit', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(boss, 'escalate', 'qa');

    world.does(boss, 'resolve', 'qa', { how: 'restart' });

    expect(world.instance('annotate')).toMatchObject({ visit: 2, status: 'available', reason: 'NEW' });
    expect(world.instance('task-1.1.qa.1')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(world.instance('task-1.1.annotate.1').outcome).toBe('superseded');
  });

  test('restarted work goes through the whole pipeline again', () => {
    const world = quarantined();
    world.does(boss, 'resolve', 'annotate', { how: 'restart' });

    world.labels(bob, 'annotate');
    world.judges(ravi, 'qa', 'reject');
    world.labels(bob, 'annotate');
    world.passes(48 * hour);
    world.judges(ravi, 'qa', 'approve');

    expect(world.children.map(({ workflowId }) => workflowId)).toEqual([
      'rework:task-1.1:annotate:2',
      'rework:task-1.1:annotate:5',
    ]);
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });
});

describe('Escalation by people', () => {
  test('is open to the holder and to managers', () => {
    const world = new World(labeledAndReviewed());

    expect(world.codeOf(ann, 'escalate', 'annotate')).toBe('NOT_CLAIMED');
    world.does(ann, 'claim', 'annotate');
    expect(world.codeOf(bob, 'escalate', 'annotate')).toBe('NOT_HOLDER');
    world.does(ann, 'escalate', 'annotate', { reason: 'what is this?' });

    expect(world.instance('annotate')).toMatchObject({
      status: 'escalated',
      hold: { by: 'ann', reason: 'what is this?' },
    });
    expect(world.instance('annotate')).not.toHaveProperty('assignee');
    expect(world.instance('annotate')).not.toHaveProperty('leaseUntil');
  });

  test('is taken back to the same person, with a new lease', () => {
    const world = new World(labeledAndReviewed());
    world.does(ann, 'claim', 'annotate');
    world.does(ann, 'escalate', 'annotate');
    world.passes(5 * hour);

    world.does(boss, 'deescalate', 'annotate');

    expect(world.instance('annotate')).toMatchObject({
      status: 'claimed',
      assignee: 'ann',
      leaseUntil: world.now + 30 * minute,
      holdUntil: world.now + 240 * minute,
    });
    expect(world.instance('annotate')).not.toHaveProperty('hold');
  });

  test.each(['NEW', 'RELEASED', 'REOPENED'] as const)('puts work that was %s back as it was', (reason) => {
    const world = reason === 'REOPENED' ? rejectedTimes(1, {}) : new World(labeledAndReviewed());
    if (reason === 'RELEASED') {
      world.does(ann, 'claim', 'annotate');
      world.does(ann, 'release', 'annotate');
    }
    const { version: _, ...before } = world.instance('annotate');
    world.does(boss, 'escalate', 'annotate');

    world.does(boss, 'deescalate', 'annotate');

    expect(world.instance('annotate')).toMatchObject({ ...before, status: 'available', reason });
  });

  test('touches no counter, whether taken back or not', () => {
    const world = rejectedTimes(1, {});
    const { counters } = world.child;

    world.does(boss, 'escalate', 'annotate');
    world.does(boss, 'deescalate', 'annotate');

    expect(world.child.counters).toEqual(counters);
    expect(world.eventsOf('counted')).toHaveLength(1);
  });

  test('is not undone where there is none', () => {
    const world = new World(labeledAndReviewed());

    expect(world.codeOf(boss, 'deescalate', 'annotate')).toBe('NOT_ESCALATED');
    expect(world.codeOf(boss, 'resolve', 'annotate')).toBe('NOT_ESCALATED');
  });

  test('leaves other work of the task alone', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(boss, 'escalate', 'qa');

    expect(world.instance('annotate').status).toBe('submitted');
  });
});
