// Judging votes: the answers to choose from, what the choice makes of the result, and votes that are asked for again.
import { describe, expect, test } from 'vitest';
import type { ConsensusNode, ConsensusReviewNode } from '../../core/pipeline.js';
import { recordOf } from '../../core/record.js';
import { slotsOf } from '../../core/state.js';
import {
  ann,
  aPipeline,
  aSubmission,
  bob,
  boss,
  cat,
  consensus,
  consensusReview,
  dan,
  dawn,
  end,
  labeling,
  ravi,
  review,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

const judgedVotes = (judge: Partial<ConsensusReviewNode> = {}, vote: Partial<ConsensusNode> = {}) =>
  aPipeline(
    [
      consensus('vote', 2, { onDisagreement: 'adjudicate', ...vote }),
      consensusReview('judge', 'vote', judge),
      labeling('after', { settings: { excludePerformersOf: ['vote'] } }),
      end(),
    ],
    ['start → vote', 'vote → judge', 'judge → after', 'after → end'],
  );

function voted(labels: [string, string], judge: Partial<ConsensusReviewNode> = {}, vote: Partial<ConsensusNode> = {}) {
  const world = new World(judgedVotes(judge, vote));
  world.votes(ann, 'vote', labels[0]);
  world.votes(bob, 'vote', labels[1]);
  return world;
}

/** Rita holds the review. */
function judging(
  labels: [string, string],
  judge: Partial<ConsensusReviewNode> = {},
  vote: Partial<ConsensusNode> = {},
) {
  const world = voted(labels, judge, vote);
  world.does(rita, 'claim', 'judge');
  return world;
}

const resultOf = (world: World) => world.cycle.results['vote'];

describe('A consensus_review', () => {
  test('opens with the different answers and how many voted for each, and without who', () => {
    const world = voted(['cat', 'dog']);

    const { result } = world.instance('judge');
    expect(result).toEqual({
      submission: null,
      options: [
        { submission: aSubmission('cat by ann'), action: 'complete', votes: 1 },
        { submission: aSubmission('dog by bob'), action: 'complete', votes: 1 },
      ],
    });
  });

  test('is for nobody who voted', () => {
    expect(voted(['cat', 'dog']).codeOf(ann, 'claim', 'judge')).toBe('PERFORMER_EXCLUDED');
  });

  test.each(['dog by bob', 'hash of dog by bob'])('makes the answer that is picked (%s) the result', (pick) => {
    const world = judging(['cat', 'dog']);

    expect(world.does(rita, 'approve', 'judge', { pick })).toMatchObject({ status: 'finished', outcome: 'approve' });

    expect(resultOf(world)).toMatchObject({
      submission: aSubmission('dog by bob'),
      performers: ['ann', 'bob'],
      outcome: 'complete',
    });
    expect(world.instance('judge')).toMatchObject({
      verdict: 'pass',
      result: { submission: aSubmission('dog by bob') },
    });
    expect(world.codeOf(rita, 'claim', 'after')).toBe('ok');
  });

  test('takes values of its own for a fix, of which the reviewer is a performer', () => {
    const world = judging(['cat', 'dog']);

    world.does(rita, 'approve', 'judge', { submission: aSubmission('cow') });

    expect(resultOf(world)).toMatchObject({ submission: aSubmission('cow'), performers: ['ann', 'bob', 'rita'] });
    expect(world.instance('judge')).toMatchObject({ verdict: 'fixed', result: { submission: aSubmission('cow') } });
    expect(world.codeOf(rita, 'claim', 'after')).toBe('PERFORMER_EXCLUDED');
  });

  test('confirms a winner by an approval alone', () => {
    const fields = { kind: 'fields' as const, fields: { label: 'exact' as const } };
    const world = judging(['cat', 'cat'], {}, { policy: fields });
    const before = resultOf(world);

    world.does(rita, 'approve', 'judge');

    expect(resultOf(world)).toEqual({ ...before, judgedBy: 'judge' });
    expect(before).toMatchObject({ merged: { label: 'cat' } });
  });

  test('lays what was merged aside for a pick', () => {
    const fields = { kind: 'fields' as const, fields: { label: 'exact' as const } };
    const world = judging(['cat', 'cat'], {}, { policy: fields });

    world.does(rita, 'approve', 'judge', { pick: 'cat by ann' });

    expect(resultOf(world)).not.toHaveProperty('merged');
    expect(world.instance('judge').result).not.toHaveProperty('merged');
  });

  test('refuses what is none of the options, and an approval that says nothing where nothing won', () => {
    const world = judging(['cat', 'dog']);

    expect(world.codeOf(rita, 'approve', 'judge', { pick: 'cow by cat' })).toBe('OPTION_UNKNOWN');
    expect(world.codeOf(rita, 'approve', 'judge')).toBe('OPTION_UNKNOWN');
    expect(world.codeOf(rita, 'approve', 'judge', { pick: 'dog by bob', submission: aSubmission() })).toBe(
      'INVALID_ACTION',
    );
    expect(world.codeOf(rita, 'submit', 'judge')).toBe('INVALID_ACTION');
    expect(world.codeOf(ravi, 'approve', 'judge', { pick: 'dog by bob' })).toBe('LEASE_LOST');
  });

  test('does not take a hash that several options have', () => {
    const world = new World(judgedVotes({}, { actions: ['complete', 'unclear'] }));
    const same = { submission: { id: 'one', hash: 'same' } };
    world.votes(ann, 'vote', '', same);
    world.votes(bob, 'vote', '', { action: 'unclear', submission: { id: 'two', hash: 'same' } });
    world.does(rita, 'claim', 'judge');

    expect(world.codeOf(rita, 'approve', 'judge', { pick: 'same' })).toBe('OPTION_UNKNOWN');
    world.does(rita, 'approve', 'judge', { pick: 'two' });
    expect(resultOf(world)).toMatchObject({ submission: { id: 'two' }, outcome: 'unclear' });
  });

  test('for disagreements only is passed by where there is a winner', () => {
    const world = voted(['cat', 'cat'], { only: 'disagreement' });

    expect(world.instance('judge').status).toBe('na');
    expect(world.instance('after').status).toBe('available');
    expect(voted(['cat', 'dog'], { only: 'disagreement' }).instance('judge').status).toBe('available');
  });

  test('that is held is accepted by a manager only where there is something to accept', () => {
    const world = judging(['cat', 'dog']);
    world.does(rita, 'escalate', 'judge');

    expect(world.codeOf(boss, 'resolve', 'judge', { how: 'accept' })).toBe('INVALID_ACTION');
    world.does(boss, 'resolve', 'judge', { how: 'fixAndAccept', submission: aSubmission('cow') });

    expect(resultOf(world)).toMatchObject({ submission: aSubmission('cow') });
  });
});

describe('Votes that are rejected', () => {
  test('are asked for again by a rework child, kept for the same voters with their own answers', () => {
    const world = judging(['cat', 'dog']);

    world.does(rita, 'reject', 'judge', { comment: 'look again' });

    expect(world.instance('task-1.1.vote.1')).toMatchObject({ status: 'finished', outcome: 'reworked' });
    expect(slotsOf(world.child, 'task-1.1.vote.2')).toMatchObject([
      { reservedFor: 'ann', draft: aSubmission('cat by ann') },
      { reservedFor: 'bob', draft: aSubmission('dog by bob') },
    ]);
    expect(world.codeOf(dan, 'claim', 'vote')).toBe('FOREIGN_RESERVATION');
  });

  test('are judged again by the same reviewer, and go on with what comes of it', () => {
    const world = judging(['cat', 'dog']);
    world.does(rita, 'reject', 'judge');
    for (const voter of [ann, bob]) world.votes(voter, 'vote', 'cow');
    expect(world.codeOf(ravi, 'claim', 'judge')).toBe('FOREIGN_RESERVATION');

    world.judges(rita, 'judge', 'approve');

    expect(world.child.exit).toMatchObject({ how: 'passed' });
    expect(resultOf(world)).toMatchObject({ submission: aSubmission('cow by ann'), instance: 'task-1.1.vote.2' });
    expect(world.instance('after').status).toBe('available');
  });

  test('close what somebody still works on late', () => {
    const vote = { overlap: { min: 3, stopEarly: true } };
    const world = new World(judgedVotes({}, vote));
    world.does(dan, 'claim', 'vote');
    for (const voter of [ann, bob]) world.votes(voter, 'vote', 'cat');
    expect(world.instance('task-1.1.vote.1.s1').late).toBe(true);

    world.judges(rita, 'judge', 'reject');

    expect(world.instance('task-1.1.vote.1.s1')).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(slotsOf(world.child, 'task-1.1.vote.2').map(({ reservedFor }) => reservedFor)).toEqual([
      'ann',
      'bob',
      undefined,
    ]);
  });

  test('too often are held without slots; a return opens a round for those who voted last', () => {
    const world = judging(['cat', 'dog'], { limits: { maxReviewFailures: 0, maxReReviews: 3 } });
    world.does(rita, 'reject', 'judge');
    expect(world.instance('vote')).toMatchObject({ visit: 2, status: 'escalated', hold: { review: 'judge' } });
    expect(slotsOf(world.child, 'task-1.1.vote.2')).toEqual([]);

    world.does(boss, 'resolve', 'vote', { how: 'return' });

    expect(slotsOf(world.child, 'task-1.1.vote.3')).toMatchObject([{ reservedFor: 'ann' }, { reservedFor: 'bob' }]);
    expect(world.child.counters).toEqual({ judge: { failures: 0, reReviews: 1 } });
  });

  test.each([
    ['accepted as they won', 'accept' as const, {}, aSubmission('cat by ann'), ['ann', 'bob']],
    ['fixed', 'fixAndAccept' as const, { submission: aSubmission('cow') }, aSubmission('cow'), ['ann', 'bob']],
  ])('too often may be %s by a manager', (_, how, more, submission, performers) => {
    const world = judging(['cat', 'cat'], { limits: { maxReviewFailures: 0, maxReReviews: 3 } });
    world.does(rita, 'reject', 'judge');

    world.does(boss, 'resolve', 'vote', { how, ...more });

    expect(resultOf(world)).toMatchObject({ submission, performers });
    expect(world.instance('after').status).toBe('available');
  });

  test('that had no winner are not accepted as they are', () => {
    const world = judging(['cat', 'dog'], { limits: { maxReviewFailures: 0, maxReReviews: 3 } });
    world.does(rita, 'reject', 'judge');

    expect(world.codeOf(boss, 'resolve', 'vote', { how: 'accept' })).toBe('INVALID_ACTION');
  });

  test('are asked for again by a review of them likewise, which picks nothing', () => {
    const world = new World(
      aPipeline([consensus('vote', 2), review('qa', 'vote'), end()], ['start → vote', 'vote → qa', 'qa → end']),
    );
    for (const voter of [ann, bob]) world.votes(voter, 'vote', 'cat');
    world.does(rita, 'claim', 'qa');
    expect(world.codeOf(rita, 'approve', 'qa', { pick: 'cat by ann' })).toBe('INVALID_ACTION');

    world.does(rita, 'reject', 'qa');

    expect(slotsOf(world.child, 'task-1.1.vote.2')).toMatchObject([{ reservedFor: 'ann' }, { reservedFor: 'bob' }]);
    for (const voter of [bob, ann]) world.votes(voter, 'vote', 'dog');
    world.judges(rita, 'qa', 'approve');
    expect(world.cycle.outcome).toBe('complete');
  });

  test('are recorded so that each voter is given the own slot first', () => {
    const world = judging(['cat', 'dog']);
    world.does(rita, 'reject', 'judge');

    const { rows } = recordOf(undefined, world.child, [], [], { runId: 'r', sequence: 1, decidedAt: dawn });

    expect(rows).toMatchObject([
      { id: 'task-1.1.vote.2', status: 'available', openSlots: 0 },
      { id: 'task-1.1.vote.2.s1', openSlots: 1, reservedFor: 'ann', draftId: 'cat by ann' },
      { id: 'task-1.1.vote.2.s2', openSlots: 1, reservedFor: 'bob', draftId: 'dog by bob' },
    ]);
    world.does(ann, 'release', 'task-1.1.vote.2.s1');
    const [vote, first] = recordOf(undefined, world.child, [], [], { runId: 'r', sequence: 2, decidedAt: dawn }).rows;
    expect([vote, first]).toMatchObject([{ openSlots: 1 }, { openSlots: 0, reservedFor: null }]);
    expect(world.codeOf(cat, 'claim', 'vote')).toBe('ok');
  });
});
