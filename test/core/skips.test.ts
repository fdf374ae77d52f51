import { describe, expect, test } from 'vitest';
import {
  aPipeline,
  ann,
  bob,
  boss,
  cat,
  day,
  end,
  hour,
  labeledAndReviewed,
  labeledOnce,
} from '../support/builders.js';
import { labeling, ravi, review, rita, votedOn } from '../support/builders.js';
import { recordOf } from '../../core/record.js';
import { World } from './world.js';

const blurred = { reason: 'too blurred for me' };

function skipped(settings: object = {}): World {
  const world = new World(labeledOnce({ settings }));
  world.does(ann, 'claim', 'annotate');
  world.does(ann, 'skip', 'annotate', blurred);
  return world;
}

describe('Skipped work', () => {
  test('goes to somebody else, and says why', () => {
    const world = skipped();

    expect(world.instance('annotate')).toMatchObject({ status: 'available', reason: 'SKIPPED', skippedBy: ['ann'] });
    expect(world.eventsOf('skipped')).toMatchObject([{ actor: ann, reason: blurred.reason, how: 'others' }]);
    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('PERFORMER_EXCLUDED');
    expect(world.labels(bob, 'annotate').status).toBe('finished');
  });

  test('has its lease ended, and takes no late submit', () => {
    const world = skipped();

    expect(world.instance('annotate')).not.toHaveProperty('leaseUntil');
    expect(world.codeOf(ann, 'submit', 'annotate')).toBe('NOT_CLAIMED');
  });

  test('is out of the queue of who skipped it', () => {
    const { cycle } = skipped();
    const { rows } = recordOf(undefined, cycle, [], [], { runId: 'run', sequence: 1, decidedAt: 1 });

    expect(rows.find(({ node }) => node === 'annotate')).toMatchObject({ excluded: ['ann'], openSlots: 1 });
  });

  test('comes back to me, for a while', () => {
    const world = skipped({ onSkip: 'me', retain: 'PT4H' });

    expect(world.instance('annotate')).toMatchObject({ reason: 'SKIPPED', reservedFor: 'ann' });
    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('FOREIGN_RESERVATION');
    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('ok');
  });

  test('that I leave until its time is over goes to anybody', () => {
    const world = skipped({ onSkip: 'me', retain: 'PT4H' });
    world.passes(4 * hour);

    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('ok');
  });

  test('leaves by its edge', () => {
    const definition = aPipeline(
      [labeling('annotate', { settings: { onSkip: 'leave' } }), labeling('experts'), end()],
      ['start → annotate', 'annotate : skip → experts', 'annotate → end', 'experts → end'],
    );
    const world = new World(definition);
    world.does(ann, 'claim', 'annotate');

    const answer = world.does(ann, 'skip', 'annotate', blurred);

    expect(answer).toMatchObject({ status: 'finished', outcome: 'skip' });
    expect(world.codeOf(ann, 'claim', 'experts')).toBe('ok');
  });

  test('leaves by the edge for every outcome where it has none of its own', () => {
    const world = skipped({ onSkip: 'leave' });

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });

  test('is escalated when nobody is left who might do it, and can be taken again once it is returned', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    const answer = world.does(ann, 'skip', 'annotate', { ...blurred, nobodyLeft: true });

    expect(answer.status).toBe('escalated');
    expect(world.instance('annotate').hold).toMatchObject({ by: 'taskloom', reason: 'NO_ELIGIBLE_PERSON' });
    world.does(boss, 'resolve', 'annotate', { how: 'return' });
    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('ok');
  });

  test('that comes back to me is nobody else’s to miss', () => {
    const world = new World(labeledOnce({ settings: { onSkip: 'me' } }));
    world.does(ann, 'claim', 'annotate');

    expect(world.does(ann, 'skip', 'annotate', { ...blurred, nobodyLeft: true }).status).toBe('available');
  });

  test('is the holder’s alone to skip', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');

    expect(world.codeOf(bob, 'skip', 'annotate')).toBe('NOT_HOLDER');
    expect(world.codeOf(boss, 'skip', 'annotate')).toBe('NOT_HOLDER');
  });
});

describe('A skipped review', () => {
  test('is judged by another reviewer', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.does(rita, 'claim', 'qa');
    world.does(rita, 'skip', 'qa', blurred);

    expect(world.codeOf(rita, 'claim', 'qa')).toBe('PERFORMER_EXCLUDED');
    expect(world.codeOf(ann, 'claim', 'qa')).toBe('PERFORMER_EXCLUDED');
    world.judges(ravi, 'qa', 'approve');
    expect(world.cycle.outcome).toBe('complete');
  });

  test('that leaves lets the work stand as it was handed in', () => {
    const world = new World(
      aPipeline(
        [labeling('annotate'), review('qa', 'annotate', { settings: { onSkip: 'leave' } }), end()],
        ['start → annotate', 'annotate → qa', 'qa → end'],
      ),
    );
    world.labels(ann, 'annotate');
    world.does(rita, 'claim', 'qa');
    world.does(rita, 'skip', 'qa', blurred);

    expect(world.instance('annotate')).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(world.cycle.outcome).toBe('complete');
  });
});

describe('A skipped slot', () => {
  const slot = 'task-1.1.vote.1.s1';

  function oneSkipped(): World {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', 'vote');
    world.does(ann, 'skip', slot, blurred);
    return world;
  }

  test('is offered to others, and no other slot to who skipped it', () => {
    const world = oneSkipped();

    expect(world.codeOf(ann, 'claim', 'vote')).toBe('PERFORMER_EXCLUDED');
    expect(world.codeOf(ann, 'claim', 'task-1.1.vote.1.s2')).toBe('PERFORMER_EXCLUDED');
    world.votes(bob, 'vote', 'cat');
    world.votes(cat, 'vote', 'cat');
    expect(world.cycle.outcome).toBe('complete');
  });

  test('is held by itself when nobody is left, and free for all again once it is returned', () => {
    const world = new World(votedOn(2));
    world.does(ann, 'claim', 'vote');
    world.does(ann, 'skip', slot, { ...blurred, nobodyLeft: true });

    expect(world.instance(slot)).toMatchObject({ status: 'escalated', hold: { reason: 'NO_ELIGIBLE_PERSON' } });
    world.does(boss, 'resolve', slot, { how: 'return' });
    expect(world.does(ann, 'claim', 'vote').nodeInstanceId).toBe(slot);
  });

  test('of a new round is open to them again', () => {
    const world = new World(votedOn(2, { onDisagreement: 'escalate' }));
    world.does(ann, 'claim', 'vote');
    world.does(ann, 'skip', slot, blurred);
    world.votes(bob, 'vote', 'cat');
    world.votes(cat, 'vote', 'dog');
    world.does(boss, 'resolve', 'vote', { how: 'return' });
    world.passes(day);

    expect(world.codeOf(ann, 'claim', 'vote')).toBe('ok');
  });
});
