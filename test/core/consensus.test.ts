import { describe, expect, test } from 'vitest';
import type { ConsensusNode } from '../../core/pipeline.js';
import { slotsOf } from '../../core/state.js';
import type { Instance } from '../../core/state.js';
import {
  ann,
  aPipeline,
  aSubmission,
  bob,
  boss,
  cat,
  consensus,
  dan,
  end,
  hour,
  labeling,
  review,
  rita,
  votedOn,
} from '../support/builders.js';
import { World } from './world.js';

const parent = 'task-1.1.vote.1';
const slot = (number: number, visit = 1): string => `task-1.1.vote.${String(visit)}.s${String(number)}`;
const slots = (world: World): Instance[] => slotsOf(world.cycle, parent);

/** Three people voted, one answer each. */
function voted(answers: [string, string, string], more: Partial<ConsensusNode> & { threshold?: number } = {}): World {
  const world = new World(votedOn(3, more));
  [ann, bob, cat].forEach((voter, index) => world.votes(voter, 'vote', answers[index] ?? ''));
  return world;
}

describe('A consensus node', () => {
  test('opens exactly as many slots as votes are asked for, together', () => {
    const world = new World(votedOn(3));

    expect(slots(world).map(({ id, status, parent: of }) => [id, status, of])).toEqual([
      [slot(1), 'available', parent],
      [slot(2), 'available', parent],
      [slot(3), 'available', parent],
    ]);
    expect(world.instance('vote')).toMatchObject({ id: parent, status: 'available' });
  });

  test('gives a slot to whoever claims it, until all are taken', () => {
    const world = new World(votedOn(2));

    expect(world.does(ann, 'claim', 'vote')).toMatchObject({ nodeInstanceId: slot(1), assignee: 'ann' });
    expect(world.does(bob, 'claim', 'vote')).toMatchObject({ nodeInstanceId: slot(2), assignee: 'bob' });
    expect(world.codeOf(cat, 'claim', 'vote')).toBe('CLAIM_HELD');
  });

  test('gives a free slot to whoever names one that is taken, and says which', () => {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', slot(1));

    expect(world.does(bob, 'claim', slot(1))).toMatchObject({ nodeInstanceId: slot(2), assignee: 'bob' });
  });

  test('is no work by itself: it takes no submit, vote or escalation', () => {
    const world = new World(votedOn(2));

    for (const command of ['submit', 'vote', 'escalate'] as const) {
      expect(world.codeOf(boss, command, 'vote'), command).toBe('NOT_MOVABLE');
    }
  });

  test('takes votes, no submissions, at its slots', () => {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', 'vote');

    expect(world.codeOf(ann, 'submit', slot(1))).toBe('NOT_MOVABLE');
    expect(world.codeOf(ann, 'vote', slot(1), { action: 'shrug' })).toBe('INVALID_ACTION');
    expect(world.codeOf(ann, 'vote', slot(1))).toBe('ok');
  });

  test('keeps performers of the nodes it excludes from voting', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), consensus('vote', 2, { settings: { excludePerformersOf: ['annotate'] } }), end()],
        ['start → annotate', 'annotate → vote', 'vote → end'],
      ),
    );
    world.labels(ann, 'annotate');

    expect(world.codeOf(ann, 'claim', 'vote')).toBe('PERFORMER_EXCLUDED');
    expect(world.codeOf(ann, 'claim', slot(2))).toBe('PERFORMER_EXCLUDED');
  });
});

describe('One vote each', () => {
  test('holds while a person works on a slot, and after the vote', () => {
    const world = new World(votedOn(3));

    world.does(ann, 'claim', 'vote');
    expect(world.codeOf(ann, 'claim', slot(2))).toBe('ALREADY_CLAIMED');
    world.does(ann, 'vote', slot(1));

    expect(world.codeOf(ann, 'claim', 'vote')).toBe('ONE_VOTE_EACH');
    expect(world.codeOf(ann, 'claim', slot(2))).toBe('ONE_VOTE_EACH');
  });

  test('holds for somebody who votes on a slot and on another whose lease ended', () => {
    const world = new World(votedOn(3));
    world.does(ann, 'claim', slot(1));
    world.passes(hour);
    world.does(ann, 'claim', slot(2));
    world.does(ann, 'vote', slot(2));

    expect(world.codeOf(ann, 'vote', slot(1))).toBe('ONE_VOTE_EACH');
  });

  test('holds for somebody whose first slot is escalated', () => {
    const world = new World(votedOn(3));
    world.does(ann, 'claim', slot(1));
    world.does(ann, 'escalate', slot(1));
    world.tries(ann, 'claim', 'vote');
    world.does(boss, 'deescalate', slot(1));

    const held = slots(world).filter(({ assignee }) => assignee === 'ann');

    expect(held).toHaveLength(1);
  });
});

describe('A late vote', () => {
  test('is accepted from the last holder while nobody else has the slot', () => {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', 'vote');
    world.passes(hour);

    expect(world.codeOf(bob, 'vote', slot(1))).toBe('NOT_CLAIMED');
    expect(world.codeOf(ann, 'vote', slot(1))).toBe('ok');
  });

  test('is refused with LEASE_LOST when somebody else has it', () => {
    const world = new World(votedOn(1));
    world.does(ann, 'claim', 'vote');
    world.passes(hour);
    world.does(bob, 'claim', 'vote');

    expect(world.codeOf(ann, 'vote', slot(1))).toBe('LEASE_LOST');
  });

  test('is refused while the slot is kept for somebody else', () => {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', 'vote');
    world.does(ann, 'escalate', slot(1));
    world.does(boss, 'resolve', slot(1), { how: 'return', to: 'bob' });

    expect(world.codeOf(ann, 'vote', slot(1))).not.toBe('ok');
  });
});

describe('A majority', () => {
  test('is decided when every slot has voted, not before', () => {
    const world = new World(votedOn(3));
    world.votes(ann, 'vote', 'cat');
    world.votes(bob, 'vote', 'cat');
    expect(world.instance('vote').status).toBe('available');

    world.votes(cat, 'vote', 'dog');

    expect(world.instance('vote')).toMatchObject({
      status: 'finished',
      outcome: 'complete',
      result: { submission: aSubmission('cat by ann') },
    });
    expect(slots(world).map(({ status }) => status)).toEqual(['finished', 'finished', 'finished']);
    expect(world.cycle.results['vote']).toMatchObject({
      performers: ['ann', 'bob', 'cat'],
      submission: aSubmission('cat by ann'),
    });
    expect(world.cycle.outcome).toBe('complete');
  });

  test('compares the fields that the policy names, whatever the order of their keys', () => {
    const world = new World(votedOn(2, { fields: ['box'], onDisagreement: 'tie' }));

    const ballots = [
      { box: { x: 1, y: 2 }, note: 'a' },
      { box: { y: 2, x: 1 }, note: 'b' },
    ];
    [ann, bob].forEach((voter, index) => {
      const { nodeInstanceId } = world.does(voter, 'claim', 'vote');
      world.does(voter, 'vote', nodeInstanceId, { ballot: ballots[index], submission: aSubmission(voter.id) });
    });

    expect(world.instance('vote').result).toEqual({ submission: aSubmission('ann') });
  });

  test('votes on the action first, then on the fields among the votes for it', () => {
    const world = new World(
      aPipeline(
        [
          consensus('vote', 5, { actions: ['complete', 'unclear'], onDisagreement: 'tie' }),
          end(),
          end('shelf', 'archive'),
        ],
        ['start → vote', 'vote → end', 'vote : unclear → shelf'],
      ),
    );
    const eve = { id: 'eve' };

    world.votes(ann, 'vote', 'dog', { action: 'unclear' });
    world.votes(bob, 'vote', 'dog', { action: 'unclear' });
    world.votes(cat, 'vote', 'cat');
    world.votes(dan, 'vote', 'cat');
    world.votes(eve, 'vote', 'dog');

    expect(world.instance('vote')).toMatchObject({
      outcome: 'complete',
      result: { submission: aSubmission('cat by cat') },
    });
    expect(world.cycle.outcome).toBe('complete');
  });

  test('of discards ends the task where no edge takes the discard, other branches or not', () => {
    const world = new World(
      aPipeline(
        [consensus('vote', 2, { actions: ['complete', 'discard'] }), labeling('other'), end()],
        ['start → vote', 'start → other', 'vote → end', 'other → end'],
      ),
    );

    world.votes(ann, 'vote', 'cat', { action: 'discard' });
    world.votes(bob, 'vote', 'cat', { action: 'discard' });

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'discard' });
  });

  test('has to reach the threshold, where there is one', () => {
    expect(voted(['cat', 'cat', 'dog'], { threshold: 0.6 }).instance('vote').outcome).toBe('complete');
    expect(voted(['cat', 'cat', 'dog'], { threshold: 0.7, onDisagreement: 'tie' }).instance('vote').result).toEqual({
      submission: null,
      tied: [aSubmission('cat by ann')],
    });
  });

  test('of one vote is that vote', () => {
    const world = new World(votedOn(1));

    world.votes(ann, 'vote', 'cat');

    expect(world.cycle.outcome).toBe('complete');
  });
});

describe('A tie', () => {
  test('finishes without a result where the node says so, with one submission of each tied answer', () => {
    const world = voted(['cat', 'dog', 'cow'], { onDisagreement: 'tie' });

    expect(world.instance('vote')).toMatchObject({
      status: 'finished',
      outcome: 'tie',
      result: { submission: null, tied: ['cat by ann', 'dog by bob', 'cow by cat'].map(aSubmission) },
    });
  });

  test('escalates the consensus otherwise, and nothing of it can be worked on', () => {
    const world = voted(['cat', 'dog', 'cow']);

    expect(world.instance('vote')).toMatchObject({ status: 'escalated', hold: { by: 'taskloom' } });
    expect(world.codeOf(dan, 'claim', 'vote')).toBe('NODE_HELD');
    expect(world.codeOf(boss, 'deescalate', 'vote')).toBe('NODE_HELD');
    expect(world.codeOf(boss, 'resolve', 'vote', { how: 'accept' })).toBe('INVALID_ACTION');
  });

  test('that is returned is voted on again in a new round', () => {
    const world = voted(['cat', 'dog', 'cow']);

    world.does(boss, 'resolve', 'vote', { how: 'return' });

    expect(world.instance(parent)).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(slots(world).map(({ outcome }) => outcome)).toEqual(['superseded', 'superseded', 'superseded']);
    expect(world.instance('vote')).toMatchObject({ visit: 2, status: 'available', reason: 'REOPENED' });
    [ann, bob, cat].forEach((voter) => world.votes(voter, 'vote', 'cat'));
    expect(world.cycle.outcome).toBe('complete');
  });

  test('is settled by a manager who hands in the answer', () => {
    const world = voted(['cat', 'dog', 'cow']);

    const answer = world.does(boss, 'resolve', 'vote', { how: 'fixAndAccept', submission: aSubmission('a cat') });

    expect(answer).toMatchObject({ nodeInstanceId: parent, status: 'finished' });
    expect(world.instance('vote').result).toEqual({ submission: aSubmission('a cat') });
    expect(world.cycle.outcome).toBe('complete');
  });

  test('inside rework touches no counter of the review when it is returned', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), consensus('vote', 2), review('qa', 'annotate'), end()],
        ['start → annotate', 'annotate → vote', 'vote → qa', 'qa → end'],
      ),
    );
    world.labels(ann, 'annotate');
    [bob, cat].forEach((voter) => world.votes(voter, 'vote', 'cat'));
    world.judges(rita, 'qa', 'reject');
    world.labels(ann, 'annotate');
    world.votes(bob, 'vote', 'cat');
    world.votes(cat, 'vote', 'dog');

    world.does(boss, 'resolve', 'vote', { how: 'return' });

    expect(world.child.counters).toEqual({ qa: { failures: 1, reReviews: 1 } });
  });
});

describe('A slot', () => {
  test('that is escalated holds the vote up until it is resolved', () => {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', 'vote');
    world.does(ann, 'escalate', slot(1));
    world.votes(bob, 'vote', 'cat');
    expect(world.instance('vote').status).toBe('available');

    world.does(boss, 'resolve', slot(1), { how: 'return' });
    world.votes(ann, 'vote', 'cat');

    expect(world.cycle.outcome).toBe('complete');
  });

  test('that took part in a vote which is decided takes nothing more', () => {
    const world = new World(
      aPipeline([consensus('vote', 1), labeling('after'), end()], ['start → vote', 'vote → after', 'after → end']),
    );
    world.votes(ann, 'vote', 'cat');

    expect(world.codeOf(ann, 'vote', slot(1))).toBe('CONSENSUS_CLOSED');
    expect(world.codeOf(bob, 'claim', 'vote')).toBe('CONSENSUS_CLOSED');
  });

  test('keeps a vote that came inline under the id that the record stores it by', () => {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', 'vote');

    world.does(ann, 'vote', slot(1), { ballot: { label: 'cat', note: 'clear' } });

    expect(world.instance(slot(1)).submission).toEqual({ id: `${slot(1)}.inline`, hash: `inline:${slot(1)}` });
    expect(world.eventsOf('voted')).toMatchObject([{ values: { label: 'cat', note: 'clear' } }]);
  });
});
