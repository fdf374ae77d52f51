import { describe, expect, test } from 'vitest';
import { nextDeadline } from '../../core/claims.js';
import { runningTime } from '../../core/clock.js';
import {
  ann,
  aSubmission,
  bob,
  boss,
  dawn,
  day,
  hour,
  labeledAndReviewed,
  labeledOnce,
  minute,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

describe('A claim', () => {
  test('gives the work to one person, with a lease', () => {
    const world = new World(labeledOnce());

    const answer = world.does(ann, 'claim', 'annotate');

    expect(answer).toMatchObject({ status: 'claimed', assignee: 'ann', leaseUntil: '2026-03-02T09:30:00.000Z' });
    expect(world.instance('annotate')).toMatchObject({ lastHolder: 'ann', claimedAt: dawn });
    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('ALREADY_CLAIMED');
    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('CLAIM_HELD');
  });

  test('takes its lease from the settings of the node', () => {
    const world = new World(labeledOnce({ settings: { lease: 'PT2H' } }));

    expect(world.does(ann, 'claim', 'annotate').leaseUntil).toBe('2026-03-02T11:00:00.000Z');
  });

  test('of a review is refused to the person whose work it judges', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    expect(world.codeOf(ann, 'claim', 'qa')).toBe('PERFORMER_EXCLUDED');
    expect(world.codeOf(rita, 'claim', 'qa')).toBe('ok');
  });

  test('ends with a release by its holder or by a manager, but by nobody else', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    expect(world.codeOf(bob, 'release', 'annotate')).toBe('NOT_HOLDER');
    world.does(ann, 'release', 'annotate');
    expect(world.instance('annotate')).toMatchObject({ status: 'available', reason: 'RELEASED' });
    expect(world.instance('annotate')).not.toHaveProperty('assignee');

    world.does(bob, 'claim', 'annotate');
    world.does(boss, 'release', 'annotate');
    expect(world.eventsOf('released').map(({ cause }) => cause)).toEqual(['holder', 'manager']);
  });

  test('of somebody who is named ends only while it is theirs, and for a manager', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    expect(world.codeOf(boss, 'release', 'annotate', { of: 'bob' })).toBe('CLAIM_HELD');
    expect(world.codeOf(bob, 'release', 'annotate', { of: 'ann' })).toBe('NOT_HOLDER');
    world.does(boss, 'release', 'annotate', { of: 'ann' });
    expect(world.instance('annotate')).toMatchObject({ status: 'available', reason: 'RELEASED' });
    expect(world.codeOf(boss, 'release', 'annotate', { of: 'ann' })).toBe('NOT_CLAIMED');
  });

  test('that nobody could take up after its release is held', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    expect(world.does(boss, 'release', 'annotate', { of: 'ann', nobodyLeft: true }).status).toBe('escalated');
    expect(world.instance('annotate').hold).toMatchObject({
      reason: 'NO_ELIGIBLE_PERSON',
      before: { status: 'available' },
    });
  });
});

describe('A lease', () => {
  test('lapses when its time is up, and not before', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    world.passes(30 * minute - 1);
    expect(world.instance('annotate').status).toBe('claimed');
    world.passes(1);

    expect(world.instance('annotate')).toMatchObject({ status: 'available', reason: 'RELEASED', lastHolder: 'ann' });
    expect(world.eventsOf('released')).toMatchObject([{ cause: 'lease' }]);
  });

  test('is what is due next', () => {
    const world = new World(labeledOnce());
    expect(nextDeadline(world.cycle)).toBeUndefined();

    world.does(ann, 'claim', 'annotate');

    expect(nextDeadline(world.cycle)).toBe(dawn + 30 * minute);
  });

  test('is prolonged by heartbeats of its holder', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    world.passes(20 * minute);

    world.does(ann, 'heartbeat', 'annotate');
    world.passes(29 * minute);

    expect(world.instance('annotate')).toMatchObject({ status: 'claimed', leaseUntil: dawn + 50 * minute });
    expect(world.codeOf(bob, 'heartbeat', 'annotate')).toBe('NOT_HOLDER');
    expect(world.codeOf(boss, 'heartbeat', 'annotate')).toBe('NOT_HOLDER');
  });

  test('is prolonged up to eight leases and no further', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    for (let beat = 0; beat < 11; beat += 1) {
      world.passes(20 * minute);
      world.does(ann, 'heartbeat', 'annotate');
    }

    expect(world.instance('annotate').leaseUntil).toBe(dawn + 8 * 30 * minute);
    world.passes(20 * minute);
    expect(world.instance('annotate').status).toBe('available');
  });

  test('cannot be prolonged once it lapsed', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    world.passes(hour);

    expect(world.codeOf(ann, 'heartbeat', 'annotate')).toBe('NOT_CLAIMED');
  });
});

describe('A submit after the end of the lease', () => {
  test('is accepted from the last holder while nobody else holds the work', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    world.passes(3 * hour);

    const answer = world.does(ann, 'submit', 'annotate', { submission: aSubmission() });

    expect(answer).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(world.instance('annotate').performer).toBe('ann');
  });

  test('is refused with LEASE_LOST when somebody else holds the work', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    world.passes(3 * hour);
    world.does(bob, 'claim', 'annotate');

    expect(world.codeOf(ann, 'submit', 'annotate')).toBe('LEASE_LOST');
    expect(world.codeOf(bob, 'submit', 'annotate')).toBe('ok');
  });

  test('is refused from anybody but the last holder', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    world.passes(3 * hour);

    expect(world.codeOf(bob, 'submit', 'annotate')).toBe('NOT_CLAIMED');
  });

  test('is accepted where the lease is over but nobody has noticed yet', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    world.now += 3 * hour;

    expect(world.codeOf(ann, 'submit', 'annotate')).toBe('ok');
  });
});

describe('A reservation', () => {
  const reworked = (): World => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    return world;
  };

  test('keeps reworked work for its author for a day', () => {
    const world = reworked();

    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('FOREIGN_RESERVATION');
    world.passes(day - 1);
    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('FOREIGN_RESERVATION');
    world.passes(1);

    expect(world.eventsOf('freed')).toMatchObject([{ cause: 'retention' }]);
    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('ok');
  });

  test('is freed at once when its author gives it back', () => {
    const world = reworked();

    world.does(ann, 'release', 'annotate');

    expect(world.eventsOf('freed')).toMatchObject([{ cause: 'holder' }]);
    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('ok');
  });

  test('is not given back by somebody else', () => {
    expect(reworked().codeOf(bob, 'release', 'annotate')).toBe('NOT_CLAIMED');
  });

  test('ends with the claim, so that a lease that lapses frees the work for everybody', () => {
    const world = reworked();
    world.does(ann, 'claim', 'annotate');

    world.passes(hour);

    expect(world.instance('annotate')).not.toHaveProperty('reservedFor');
    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('ok');
  });

  test('stands still with the running clock while a pipeline is paused', () => {
    const { child } = reworked();
    const until = nextDeadline(child) ?? 0;

    const paused = { pausedTotalMs: 0, pausedAtMs: dawn + hour };

    expect(until).toBe(dawn + day);
    expect(until - runningTime(paused, dawn + 5 * day)).toBe(23 * hour);
  });
});
