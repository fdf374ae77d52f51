// Where rejected work goes: votes that one person has judged go back to that person's review, else they are asked for again.
import { describe, expect, test } from 'vitest';
import type { ReviewNode } from '../../core/pipeline.js';
import type { Plan } from '../../core/plan-node.js';
import { slotsOf } from '../../core/state.js';
import {
  ann,
  aPipeline,
  aSubmission,
  bob,
  boss,
  consensus,
  consensusReview,
  end,
  labeling,
  ravi,
  review,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

const judgedAndChecked = (check: Partial<ReviewNode> = {}) =>
  aPipeline(
    [
      consensus('vote', 2, { onDisagreement: 'adjudicate' }),
      consensusReview('judge', 'vote', { only: 'disagreement' }),
      review('check', 'vote', check),
      end(),
    ],
    ['start → vote', 'vote → judge', 'judge → check', 'check → end'],
  );

function checked(labels: [string, string], check: Partial<ReviewNode> = {}, plan?: (compiled: Plan) => Plan): World {
  const world = new World(judgedAndChecked(check), plan);
  world.votes(ann, 'vote', labels[0]);
  world.votes(bob, 'vote', labels[1]);
  return world;
}

/** Rita has picked the dog. */
function picked(check: Partial<ReviewNode> = {}, plan?: (compiled: Plan) => Plan): World {
  const world = checked(['cat', 'dog'], check, plan);
  world.judges(rita, 'judge', 'approve', { pick: 'dog by bob' });
  return world;
}

const withoutJudges = (plan: Plan): Plan => ({
  ...plan,
  nodes: plan.nodes.map((node) => {
    if (!node.review) return node;
    const { judges: _, ...rule } = node.review;
    return { ...node, review: rule };
  }),
});

const resultOf = (world: World) => world.cycle.results['vote'];

describe('A review that rejects votes which one person has judged', () => {
  test('sends them back to that review, kept for its reviewer, with the same answers to choose from', () => {
    const world = picked();

    world.judges(ravi, 'check', 'reject', { comment: 'look at the ears' });

    expect(world.instance('task-1.1.judge.1')).toMatchObject({ status: 'finished', outcome: 'reworked' });
    expect(world.instance('judge')).toMatchObject({
      visit: 2,
      status: 'available',
      reason: 'REOPENED',
      reservedFor: 'rita',
      result: { submission: aSubmission('dog by bob'), options: [{ votes: 1 }, { votes: 1 }] },
    });
    expect(world.instance('vote')).toMatchObject({ visit: 1, outcome: 'disagreement' });
    expect(world.codeOf(boss, 'claim', 'judge')).toBe('FOREIGN_RESERVATION');
    expect(world.cycle.counters).toEqual({ check: { failures: 1, reReviews: 1 } });
  });

  test('goes on with what is picked then', () => {
    const world = picked();
    world.judges(ravi, 'check', 'reject');

    world.judges(rita, 'judge', 'approve', { pick: 'cat by ann' });
    world.judges(ravi, 'check', 'approve');

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(resultOf(world)).toMatchObject({ submission: aSubmission('cat by ann'), judgedBy: 'judge' });
    expect(world.cycle.visits).toMatchObject({ vote: 1, judge: 2, check: 2 });
  });

  test('may reject again, and again it goes to the one who judged', () => {
    const world = picked();
    for (const pick of ['cat by ann', 'dog by bob']) {
      world.judges(ravi, 'check', 'reject');
      world.judges(rita, 'judge', 'approve', { pick });
    }
    world.judges(ravi, 'check', 'approve');

    expect(world.children).toHaveLength(1);
    expect(world.instance('judge').visit).toBe(3);
    expect(resultOf(world)).toMatchObject({ submission: aSubmission('dog by bob') });
  });

  test('lets who gave an answer of their own think again', () => {
    const world = checked(['cat', 'dog']);
    world.judges(rita, 'judge', 'approve', { submission: aSubmission('cow') });
    world.judges(ravi, 'check', 'reject');

    expect(world.codeOf(ann, 'claim', 'judge')).toBe('PERFORMER_EXCLUDED');
    world.judges(rita, 'judge', 'approve', { pick: 'dog by bob' });
    expect(world.child.results['vote']).toMatchObject({ submission: aSubmission('dog by bob') });
  });

  test('has the votes asked for again where the one who judged rejects them in turn', () => {
    const world = picked();
    world.judges(ravi, 'check', 'reject');

    world.judges(rita, 'judge', 'reject');
    expect(slotsOf(world.child, 'task-1.1.vote.2')).toMatchObject([{ reservedFor: 'ann' }, { reservedFor: 'bob' }]);
    for (const voter of [ann, bob]) world.votes(voter, 'vote', 'dog');

    // They agree now, so nobody judges, and the next rejection goes to them.
    expect(world.child.instances['task-1.1.judge.3']).toMatchObject({ status: 'na' });
    world.judges(ravi, 'check', 'reject');
    expect(world.instance('vote')).toMatchObject({ visit: 3, status: 'available' });
    for (const voter of [ann, bob]) world.votes(voter, 'vote', 'cat');
    world.judges(ravi, 'check', 'approve');
    expect(world.cycle.outcome).toBe('complete');
    expect(resultOf(world)).toMatchObject({ submission: aSubmission('cat by ann'), instance: 'task-1.1.vote.3' });
  });

  test('has the votes asked for again where nobody had to judge them', () => {
    const world = checked(['cat', 'cat']);

    world.judges(ravi, 'check', 'reject');

    expect(world.instance('vote')).toMatchObject({ visit: 2, status: 'available' });
  });

  test.each([
    ['vote', 'vote'],
    ['judge', 'judge'],
  ])('sends them where rejectTo says: %s', (rejectTo, reworked) => {
    const world = picked({ rejectTo });

    world.judges(ravi, 'check', 'reject');

    expect(world.child.scope?.target).toBe(reworked);
  });

  test('named in rejectTo, but passed by, it leaves it to the voters', () => {
    const world = checked(['cat', 'cat'], { rejectTo: 'judge' });
    world.judges(ravi, 'check', 'reject');
    expect(world.child.scope?.target).toBe('vote');
  });

  test('asks for the votes again in a cycle whose plan is of before', () => {
    const world = picked({}, withoutJudges);
    world.judges(ravi, 'check', 'reject');
    expect(world.child.scope?.target).toBe('vote');
  });
});

describe('Too many rejections of what one person judged', () => {
  const limits = { maxReviewFailures: 0, maxReReviews: 3 };

  test.each([
    ['accept' as const, {}, aSubmission('dog by bob')],
    ['fixAndAccept' as const, { submission: aSubmission('cow') }, aSubmission('cow')],
  ])('hold that review; %s passes the one that held it', (how, more, submission) => {
    const world = picked({ limits });
    world.judges(ravi, 'check', 'reject');
    expect(world.instance('judge')).toMatchObject({ visit: 2, status: 'escalated', hold: { review: 'check' } });

    world.does(boss, 'resolve', 'judge', { how, ...more });

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(resultOf(world)).toMatchObject({ submission });
  });

  test('are forgiven by a return', () => {
    const world = picked({ limits });
    world.judges(ravi, 'check', 'reject');

    world.does(boss, 'resolve', 'judge', { how: 'return' });

    world.judges(rita, 'judge', 'approve', { pick: 'cat by ann' });
    expect(world.child.counters).toEqual({ check: { failures: 0, reReviews: 1 } });
    world.judges(ravi, 'check', 'approve');
    expect(world.cycle.outcome).toBe('complete');
  });
});

test('A review within rework may send the work back to before what the rework began with', () => {
  const world = new World(
    aPipeline(
      [
        labeling('outline'),
        labeling('label'),
        review('first', 'label', { rejectTo: 'outline' }),
        review('second', 'label'),
        end(),
      ],
      ['start → outline', 'outline → label', 'label → first', 'first → second', 'second → end'],
    ),
  );
  world.labels(ann, 'outline');
  world.labels(ann, 'label');
  world.judges(rita, 'first', 'approve');
  world.judges(ravi, 'second', 'reject');
  world.labels(ann, 'label');

  world.judges(rita, 'first', 'reject');
  world.labels(ann, 'outline');
  world.labels(ann, 'label');
  world.judges(rita, 'first', 'approve');
  world.judges(ravi, 'second', 'approve');

  expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  expect(world.cycle.visits).toMatchObject({ outline: 2, label: 3, first: 3, second: 2 });
});
