// As many votes as it takes: one more while they disagree, none more than needed, and what becomes of those at work.
import { describe, expect, test } from 'vitest';
import type { ConsensusNode } from '../../core/pipeline.js';
import type { Instance } from '../../core/state.js';
import { slotsOf } from '../../core/state.js';
import { waitingFor } from '../../core/view.js';
import { openNodes } from '../../core/advance.js';
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
  rita,
  votedOn,
} from '../support/builders.js';
import { World } from './world.js';

const parent = 'task-1.1.vote.1';
const slot = (number: number): string => `${parent}.s${String(number)}`;
const slots = (world: World): Instance[] => slotsOf(world.cycle, parent);
const eve = { id: 'eve' };

describe('Dynamic overlap', () => {
  const extending = (more: Partial<ConsensusNode> = {}, min = 2, max = 4): World =>
    new World(votedOn(min, { overlap: { min, max }, onDisagreement: 'extend', ...more }));

  test('asks for one more vote when all are in and disagree, and for none before', () => {
    const world = extending();
    world.votes(ann, 'vote', 'cat');
    expect(slots(world)).toHaveLength(2);

    world.votes(bob, 'vote', 'dog');

    expect(slots(world).map(({ id, status }) => [id, status])).toEqual([
      [slot(1), 'submitted'],
      [slot(2), 'submitted'],
      [slot(3), 'available'],
    ]);
    expect(world.codeOf(ann, 'claim', 'vote')).toBe('ONE_VOTE_EACH');
    expect(world.instance('vote').status).toBe('available');
  });

  test('ends with the vote that makes them agree', () => {
    const world = extending();
    world.votes(ann, 'vote', 'cat');
    world.votes(bob, 'vote', 'dog');
    world.votes(cat, 'vote', 'dog');

    expect(slots(world)).toHaveLength(3);
    expect(world.instance('vote').result).toEqual({ submission: aSubmission('dog by bob') });
    expect(world.cycle.outcome).toBe('complete');
  });

  test('goes on until max, where `extend` is escalated', () => {
    const world = extending({}, 1, 2);
    world.votes(ann, 'vote', 'cat');
    expect(world.cycle.outcome).toBe('complete');

    const tied = extending({}, 2, 3);
    for (const [voter, label] of [
      [ann, 'a'],
      [bob, 'b'],
      [cat, 'c'],
    ] as const)
      tied.votes(voter, 'vote', label);

    expect(slots(tied)).toHaveLength(3);
    expect(tied.instance('vote')).toMatchObject({ status: 'escalated', hold: { reason: 'the votes disagree' } });
  });

  test('is asked for by a share under the threshold too', () => {
    const world = extending({ policy: { kind: 'majority', fields: { label: 'exact' }, threshold: 0.75 } }, 3, 4);
    for (const [voter, label] of [
      [ann, 'a'],
      [bob, 'a'],
      [cat, 'b'],
    ] as const)
      world.votes(voter, 'vote', label);
    expect(slots(world)).toHaveLength(4);

    world.votes(dan, 'vote', 'a');

    expect(world.cycle.outcome).toBe('complete');
  });

  test('never makes unanimous what is not', () => {
    const world = extending({ policy: { kind: 'unanimous', fields: { label: 'exact' } }, onDisagreement: 'tie' });
    world.votes(ann, 'vote', 'cat');
    world.votes(bob, 'vote', 'dog');

    expect(world.instance('vote').outcome).toBe('tie');
  });
});

describe('An early stop', () => {
  const stopping = (more: Partial<ConsensusNode> = {}): World =>
    new World(
      aPipeline(
        [
          consensus('vote', 5, { overlap: { min: 5, stopEarly: true }, ...more }),
          labeling('after', { settings: { excludePerformersOf: ['vote'] } }),
          end(),
        ],
        ['start → vote', 'vote → after', 'after → end'],
      ),
    );
  /** Dan is at work, the fifth slot is free, and three agree. */
  const stopped = (more: Partial<ConsensusNode> = {}): World => {
    const world = stopping(more);
    world.does(dan, 'claim', slot(1));
    for (const voter of [ann, bob, cat]) world.votes(voter, 'vote', 'cat');
    return world;
  };

  test('comes when nothing that is open can change the result, not before', () => {
    const world = stopping();
    for (const voter of [ann, bob]) world.votes(voter, 'vote', 'cat');
    expect(world.instance('vote').status).toBe('available');

    world.votes(cat, 'vote', 'cat');

    expect(world.instance(parent)).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(slots(world).map(({ outcome }) => outcome)).toEqual([
      'complete',
      'complete',
      'complete',
      'superseded',
      'superseded',
    ]);
    expect(world.codeOf(dan, 'claim', slot(4))).toBe('CONSENSUS_CLOSED');
  });

  test('closes a slot that is held for a manager', () => {
    const world = stopping();
    world.does(dan, 'claim', slot(1));
    world.does(dan, 'escalate', slot(1));
    for (const voter of [ann, bob, cat]) world.votes(voter, 'vote', 'cat');

    expect(world.instance(slot(1))).toMatchObject({ status: 'finished', outcome: 'superseded' });
  });

  test('leaves a slot to who works on it, and waits for it no more', () => {
    const world = stopped();

    expect(world.instance(slot(1))).toMatchObject({ status: 'claimed', assignee: 'dan', late: true });
    expect(openNodes(world.cycle)).toEqual(['after']);
    expect(waitingFor(world.cycle).map(({ node }) => node)).toEqual(['after']);
    expect(world.does(dan, 'heartbeat', slot(1))).toMatchObject({ status: 'claimed' });
    expect(world.codeOf(dan, 'escalate', slot(1))).toBe('CONSENSUS_CLOSED');
    expect(world.codeOf(rita, 'claim', slot(1))).toBe('CONSENSUS_CLOSED');
    expect(world.codeOf(rita, 'vote', slot(1))).toBe('LEASE_LOST');
  });

  test('takes a late vote, which counts for nothing but who has seen the task', () => {
    const world = stopped();

    expect(world.does(dan, 'vote', slot(1), { ballot: { label: 'dog' } })).toMatchObject({
      status: 'finished',
      outcome: 'late',
    });
    expect(world.instance(parent).result).toEqual({ submission: aSubmission('cat by ann') });
    expect(world.instance(slot(1))).toMatchObject({ performer: 'dan', ballot: { choice: '{"label":"dog"}' } });
    expect(world.instance(slot(1)).late).toBeUndefined();
    expect(world.codeOf(dan, 'claim', 'after')).toBe('PERFORMER_EXCLUDED');
  });

  test.each([
    ['is released', (world: World) => world.does(dan, 'release', slot(1))],
    ['is skipped', (world: World) => world.does(dan, 'skip', slot(1), { reason: 'blurred' })],
    [
      'is skipped with nobody left',
      (world: World) => world.does(dan, 'skip', slot(1), { reason: 'blurred', nobodyLeft: true }),
    ],
    ['is released by a manager', (world: World) => world.does(boss, 'release', slot(1))],
    [
      'lapses',
      (world: World) => {
        world.passes(hour);
      },
    ],
    ['is overtaken by the end of the task', (world: World) => world.labels(eve, 'after')],
  ])('closes a late slot that %s', (_, does) => {
    const world = stopped();

    does(world);

    expect(world.instance(slot(1))).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(world.codeOf(dan, 'vote', slot(1))).toBe('CONSENSUS_CLOSED');
  });

  test('ends the task although somebody is still at work', () => {
    const world = new World(
      votedOn(2, {
        overlap: { min: 2, stopEarly: true },
        policy: { kind: 'weighted', fields: {}, weights: { bob: 9 } },
      }),
    );
    world.does(ann, 'claim', 'vote');
    world.votes(bob, 'vote', 'cat');

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(world.instance(slot(1))).toMatchObject({ status: 'finished', outcome: 'superseded' });
  });

  test('closes what is being worked on at once where the node says so', () => {
    const world = stopped({ onEarlyStop: 'cancel' });

    expect(world.instance(slot(1))).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(world.codeOf(dan, 'heartbeat', slot(1))).toBe('CONSENSUS_CLOSED');
    expect(world.codeOf(dan, 'vote', slot(1))).toBe('CONSENSUS_CLOSED');
  });

  test('comes after slots that dynamic overlap opened too, and with discards', () => {
    const world = new World(
      aPipeline(
        [
          consensus('vote', 3, { overlap: { min: 3, stopEarly: true }, actions: ['complete', 'discard'] }),
          labeling('other'),
          end(),
        ],
        ['start → vote', 'start → other', 'vote → end', 'other → end'],
      ),
    );
    world.does(dan, 'claim', 'vote');
    for (const voter of [ann, bob]) world.votes(voter, 'vote', 'cat', { action: 'discard' });

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'discard' });
    expect(Object.values(world.cycle.instances).every(({ status }) => status === 'finished')).toBe(true);
  });
});

describe('A disagreement that is adjudicated', () => {
  test('takes the edge of its outcome, without a result', () => {
    const world = new World(
      aPipeline(
        [consensus('vote', 2, { onDisagreement: 'adjudicate' }), labeling('expert'), end()],
        ['start → vote', 'vote : complete → end', 'vote : disagreement → expert', 'expert → end'],
      ),
    );
    world.votes(ann, 'vote', 'cat');
    world.votes(bob, 'vote', 'dog');

    expect(world.instance('vote')).toMatchObject({
      status: 'finished',
      outcome: 'disagreement',
      result: { submission: null, tied: ['cat by ann', 'dog by bob'].map(aSubmission) },
    });
    expect(openNodes(world.cycle)).toEqual(['expert']);
  });
});

describe('Another round', () => {
  const disagreed = (): World => {
    const world = new World(votedOn(2, { overlap: { min: 2, max: 3 } }));
    for (const [voter, label] of [
      [ann, 'a'],
      [bob, 'b'],
      [cat, 'c'],
    ] as const)
      world.votes(voter, 'vote', label);
    world.does(boss, 'resolve', 'vote', { how: 'return', to: 'dan' });
    return world;
  };

  test('is kept for those who voted, each with the own former answer', () => {
    const world = disagreed();

    expect(slotsOf(world.cycle, 'task-1.1.vote.2')).toMatchObject(
      [
        ['ann', 'a'],
        ['bob', 'b'],
        ['cat', 'c'],
      ].map(([by = '', label = '']) => ({
        status: 'available',
        reason: 'REOPENED',
        reservedFor: by,
        draft: aSubmission(`${label} by ${by}`),
      })),
    );
    expect(world.codeOf(dan, 'claim', 'vote')).toBe('FOREIGN_RESERVATION');
    expect(world.does(bob, 'claim', 'task-1.1.vote.2.s1')).toMatchObject({ nodeInstanceId: 'task-1.1.vote.2.s2' });
    expect(world.codeOf(bob, 'claim', 'vote')).toBe('ALREADY_CLAIMED');
  });

  test('is for anybody once the reservations end', () => {
    const world = disagreed();
    world.does(ann, 'release', 'task-1.1.vote.2.s1');
    expect(world.does(dan, 'claim', 'vote')).toMatchObject({ nodeInstanceId: 'task-1.1.vote.2.s1' });
    expect(world.codeOf(eve, 'claim', 'vote')).toBe('FOREIGN_RESERVATION');

    world.passes(25 * hour);

    expect(world.codeOf(eve, 'claim', 'vote')).toBe('ok');
  });

  test('of a plan that was made before there were such rounds is for anybody at once', () => {
    const world = new World(votedOn(2), ({ nodes, edges }) => ({
      edges,
      nodes: nodes.map(({ consensus: rule, ...node }) => {
        const { keepsVoters: _, ...old } = rule ?? { slots: 0, fields: [], threshold: 0, onDisagreement: 'tie' };
        return rule ? { ...node, consensus: old } : node;
      }),
    }));
    world.votes(ann, 'vote', 'a');
    world.votes(bob, 'vote', 'b');
    world.does(boss, 'resolve', 'vote', { how: 'return' });

    expect(world.codeOf(dan, 'claim', 'vote')).toBe('ok');
  });
});
