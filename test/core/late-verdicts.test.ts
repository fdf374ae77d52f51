// Verdicts after the lease's end: as good as a late submit, while nobody else has the review.
import { describe, expect, test } from 'vitest';
import {
  ann,
  aSubmission,
  bob,
  boss,
  hour,
  labeledAndReviewed,
  ravi,
  rita,
  votedAndJudged,
} from '../support/builders.js';
import { World } from './world.js';

/** Rita claimed the review, and her lease has ended. */
function lapsed(): World {
  const world = new World(labeledAndReviewed());
  world.labels(ann, 'annotate');
  world.does(rita, 'claim', 'qa');
  world.passes(3 * hour);
  expect(world.instance('qa')).toMatchObject({ status: 'available', lastHolder: 'rita' });
  return world;
}

describe("A verdict after the lease's end", () => {
  test.each(['approve', 'reject'] as const)('is good from the last holder while nobody else has it: %s', (verdict) => {
    const world = lapsed();

    const answer = world.does(rita, verdict, 'qa', { comment: 'seen' });

    expect(answer).toMatchObject({ status: 'finished', outcome: verdict });
    expect(world.events.find(({ type }) => type === 'reviewed')).toMatchObject({ actor: { id: 'rita' } });
  });

  test('is good with values of the reviewer', () => {
    const world = lapsed();

    world.does(rita, 'approve', 'qa', { submission: aSubmission('fixed by rita') });

    expect(world.cycle.results['annotate']).toMatchObject({ submission: { id: 'fixed by rita' } });
  });

  test('is good at a consensus_review', () => {
    const world = new World(votedAndJudged(2));
    world.votes(ann, 'vote', 'cat');
    world.votes(bob, 'vote', 'cat');
    world.does(rita, 'claim', 'judge');
    world.passes(3 * hour);

    expect(world.codeOf(ravi, 'approve', 'judge')).toBe('NOT_CLAIMED');
    expect(world.codeOf(rita, 'approve', 'judge')).toBe('ok');
  });

  test.each(['approve', 'reject'] as const)('is lost once somebody else holds it: %s', (verdict) => {
    const world = lapsed();
    world.does(ravi, 'claim', 'qa');

    expect(world.codeOf(rita, verdict, 'qa')).toBe('LEASE_LOST');
    expect(world.codeOf(ravi, verdict, 'qa')).toBe('ok');
  });

  test("is nobody else's to give", () => {
    expect(lapsed().codeOf(ravi, 'approve', 'qa')).toBe('NOT_CLAIMED');
  });

  test.each(['before', 'after'] as const)('is stale where the work was revised %s the lease ended', (when) => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(rita, 'claim', 'qa');
    const revise = () => world.does(boss, 'revise', 'annotate', { submission: aSubmission('revised') });
    if (when === 'before') revise();
    world.passes(3 * hour);
    if (when === 'after') revise();

    expect(world.codeOf(rita, 'approve', 'qa')).toBe('STALE_TASK');
    world.does(rita, 'claim', 'qa');
    expect(world.codeOf(rita, 'approve', 'qa')).toBe('ok');
  });
});
