// Every command on every kind of node in every status: accepted, or refused with which code.
import { describe, expect, test } from 'vitest';
import type { CommandType } from '../../core/commands.js';
import { commandTypes } from '../../core/commands.js';
import { execute } from '../../core/decide.js';
import type { Actor, Instance, NodeStatus, StreamState } from '../../core/state.js';
import { nodeStatuses } from '../../core/state.js';
import {
  aCommand,
  ann,
  bob,
  boss,
  dawn,
  hour,
  labeledAndReviewed,
  labeledOnce,
  rita,
  votedAndJudged,
  votedOn,
} from '../support/builders.js';
import { World } from './world.js';

interface Scene {
  /** Where the instance is available; other statuses are put into it. */
  world: () => World;
  instance: string;
  me: Actor;
}

const scenes = {
  labeling: { world: () => new World(labeledOnce()), instance: 'task-1.1.annotate.1', me: ann },
  review: {
    world: () => {
      const world = new World(labeledAndReviewed());
      world.labels(ann, 'annotate');
      return world;
    },
    instance: 'task-1.1.qa.1',
    me: rita,
  },
  consensus: { world: () => new World(votedOn(3)), instance: 'task-1.1.vote.1', me: ann },
  consensus_review: {
    world: () => {
      const world = new World(votedAndJudged(1));
      world.votes(ann, 'vote', 'cat');
      return world;
    },
    instance: 'task-1.1.judge.1',
    me: rita,
  },
  slot: { world: () => new World(votedOn(3)), instance: 'task-1.1.vote.1.s1', me: ann },
} satisfies Record<string, Scene>;

const particulars: Partial<Record<NodeStatus, (holder: Actor) => Partial<Instance>>> = {
  claimed: ({ id }) => ({ assignee: id, lastHolder: id, leaseUntil: dawn + hour, holdUntil: dawn + hour }),
  submitted: ({ id }) => ({ performer: id, submittedAt: dawn }),
  escalated: ({ id }) => ({ hold: { by: id, reason: 'unclear', before: { status: 'available' } } }),
  quarantined: () => ({ hold: { by: 'taskloom', reason: 'too many re-reviews' } }),
};

function inStatus({ world, instance: id }: Scene, status: NodeStatus, holder: Actor): StreamState {
  const { cycle } = world();
  const instance = cycle.instances[id];
  if (!instance) throw new Error(`there is no instance ${id}`);
  const opened = Object.entries(cycle.instances).filter(([, { parent }]) => parent !== id || status === 'available');
  const changed: Instance = { ...instance, status, ...particulars[status]?.(holder) };
  return { ...cycle, instances: { ...Object.fromEntries(opened), [id]: changed } };
}

function codeOf(state: StreamState, type: CommandType, actor: Actor, instance: string): string {
  const decision = execute(state, aCommand(type, actor, instance), dawn);
  return decision.ok ? 'ok' : decision.rejection.code;
}

/** Rows: commands; columns: statuses. `-`: a node of this kind never is in that status. */
function rowsOf(table: string): [CommandType, NodeStatus, string][] {
  const [header = [], ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([command, ...codes]) =>
    codes.flatMap((code, index): [CommandType, NodeStatus, string][] =>
      code === '-' ? [] : [[command as CommandType, header[index] as NodeStatus, code]],
    ),
  );
}

const managed: readonly CommandType[] = ['deescalate', 'resolve', 'revise'];

/** Managers de-escalate, resolve and revise; everything else is asked by the person who holds the work where it is held. */
const askedBy = (type: CommandType, me: Actor): Actor => (managed.includes(type) ? boss : me);

const tables: Record<keyof typeof scenes, string> = {
  labeling: `
               pending        available      claimed         submitted      finished    escalated  quarantined na          deferred
    claim      NODE_CLOSED    ok             ALREADY_CLAIMED NODE_CLOSED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NODE_CLOSED
    release    NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    heartbeat  NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    submit     NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    approve    INVALID_ACTION INVALID_ACTION INVALID_ACTION  INVALID_ACTION NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED INVALID_ACTION
    reject     INVALID_ACTION INVALID_ACTION INVALID_ACTION  INVALID_ACTION NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED INVALID_ACTION
    vote       INVALID_ACTION INVALID_ACTION INVALID_ACTION  INVALID_ACTION NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED INVALID_ACTION
    skip       NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    escalate   NODE_CLOSED    NOT_CLAIMED    ok              NODE_CLOSED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NODE_CLOSED
    deescalate NOT_ESCALATED  NOT_ESCALATED  NOT_ESCALATED   NOT_ESCALATED  NODE_CLOSED ok         NODE_HELD   NODE_CLOSED NOT_ESCALATED
    resolve    NOT_ESCALATED  NOT_ESCALATED  NOT_ESCALATED   NOT_ESCALATED  NODE_CLOSED ok         ok          NODE_CLOSED NOT_ESCALATED
    recall     NODE_CLOSED    NODE_CLOSED    NODE_CLOSED    NODE_CLOSED    NODE_CLOSED    NODE_HELD      NODE_HELD      NODE_CLOSED    NODE_CLOSED
    reopen     REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED NODE_HELD      NODE_HELD      REOPEN_REFUSED REOPEN_REFUSED
    revise     REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED NODE_HELD      NODE_HELD      REOPEN_REFUSED REOPEN_REFUSED`,
  review: `
               pending        available      claimed         submitted      finished    escalated  quarantined na          deferred
    claim      NODE_CLOSED    ok             ALREADY_CLAIMED NODE_CLOSED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NODE_CLOSED
    release    NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    heartbeat  NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    submit     INVALID_ACTION INVALID_ACTION INVALID_ACTION  INVALID_ACTION NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED INVALID_ACTION
    approve    NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    reject     NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    vote       INVALID_ACTION INVALID_ACTION INVALID_ACTION  INVALID_ACTION NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED INVALID_ACTION
    skip       NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    escalate   NODE_CLOSED    NOT_CLAIMED    ok              NODE_CLOSED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NODE_CLOSED
    deescalate NOT_ESCALATED  NOT_ESCALATED  NOT_ESCALATED   NOT_ESCALATED  NODE_CLOSED ok         NODE_HELD   NODE_CLOSED NOT_ESCALATED
    resolve    NOT_ESCALATED  NOT_ESCALATED  NOT_ESCALATED   NOT_ESCALATED  NODE_CLOSED ok         ok          NODE_CLOSED NOT_ESCALATED
    recall     INVALID_ACTION INVALID_ACTION INVALID_ACTION INVALID_ACTION INVALID_ACTION NODE_HELD      NODE_HELD      INVALID_ACTION INVALID_ACTION
    reopen     REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED NODE_HELD      NODE_HELD      REOPEN_REFUSED REOPEN_REFUSED
    revise     REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED REOPEN_REFUSED NODE_HELD      NODE_HELD      REOPEN_REFUSED REOPEN_REFUSED`,
  consensus: `
               pending available      claimed submitted finished         escalated quarantined na               deferred
    claim      -       ok             -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED NODE_CLOSED
    release    -       NOT_CLAIMED    -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED NOT_CLAIMED
    heartbeat  -       NOT_CLAIMED    -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED NOT_CLAIMED
    submit     -       NOT_MOVABLE    -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED NOT_MOVABLE
    approve    -       INVALID_ACTION -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED INVALID_ACTION
    reject     -       INVALID_ACTION -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED INVALID_ACTION
    vote       -       NOT_MOVABLE    -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED NOT_MOVABLE
    skip       -       NOT_MOVABLE    -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED NOT_MOVABLE
    escalate   -       NOT_MOVABLE    -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED NOT_MOVABLE
    deescalate -       NOT_ESCALATED  -       -         CONSENSUS_CLOSED NODE_HELD -           CONSENSUS_CLOSED NOT_ESCALATED
    resolve    -       NOT_ESCALATED  -       -         CONSENSUS_CLOSED ok        -           CONSENSUS_CLOSED NOT_ESCALATED
    recall     -              NOT_MOVABLE    -              -              NOT_MOVABLE    NODE_HELD      -              NOT_MOVABLE    NOT_MOVABLE
    reopen     -              NOT_MOVABLE    -              -              NOT_MOVABLE    NODE_HELD      -              NOT_MOVABLE    NOT_MOVABLE
    revise     -              NOT_MOVABLE    -              -              NOT_MOVABLE    NODE_HELD      -              NOT_MOVABLE    NOT_MOVABLE`,
  consensus_review: `
               pending        available      claimed         submitted      finished    escalated  quarantined na          deferred
    claim      NODE_CLOSED    ok             ALREADY_CLAIMED NODE_CLOSED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NODE_CLOSED
    release    NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    heartbeat  NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    submit     INVALID_ACTION INVALID_ACTION INVALID_ACTION  INVALID_ACTION NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED INVALID_ACTION
    approve    NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    reject     NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    vote       INVALID_ACTION INVALID_ACTION INVALID_ACTION  INVALID_ACTION NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED INVALID_ACTION
    skip       NOT_CLAIMED    NOT_CLAIMED    ok              NOT_CLAIMED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NOT_CLAIMED
    escalate   NODE_CLOSED    NOT_CLAIMED    ok              NODE_CLOSED    NODE_CLOSED NODE_HELD  NODE_HELD   NODE_CLOSED NODE_CLOSED
    deescalate NOT_ESCALATED  NOT_ESCALATED  NOT_ESCALATED   NOT_ESCALATED  NODE_CLOSED ok         NODE_HELD   NODE_CLOSED NOT_ESCALATED
    resolve    NOT_ESCALATED  NOT_ESCALATED  NOT_ESCALATED   NOT_ESCALATED  NODE_CLOSED ok         ok          NODE_CLOSED NOT_ESCALATED
    recall     INVALID_ACTION INVALID_ACTION INVALID_ACTION INVALID_ACTION INVALID_ACTION NODE_HELD      NODE_HELD      INVALID_ACTION INVALID_ACTION
    reopen     NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NODE_HELD      NODE_HELD      NOT_MOVABLE    NOT_MOVABLE
    revise     NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NODE_HELD      NODE_HELD      NOT_MOVABLE    NOT_MOVABLE`,
  slot: `
               pending available      claimed         submitted      finished         escalated quarantined na deferred
    claim      -       ok             ALREADY_CLAIMED ONE_VOTE_EACH  CONSENSUS_CLOSED NODE_HELD -           -  -
    release    -       NOT_CLAIMED    ok              NOT_CLAIMED    CONSENSUS_CLOSED NODE_HELD -           -  -
    heartbeat  -       NOT_CLAIMED    ok              NOT_CLAIMED    CONSENSUS_CLOSED NODE_HELD -           -  -
    submit     -       NOT_MOVABLE    NOT_MOVABLE     NOT_MOVABLE    CONSENSUS_CLOSED NODE_HELD -           -  -
    approve    -       INVALID_ACTION INVALID_ACTION  INVALID_ACTION CONSENSUS_CLOSED NODE_HELD -           -  -
    reject     -       INVALID_ACTION INVALID_ACTION  INVALID_ACTION CONSENSUS_CLOSED NODE_HELD -           -  -
    vote       -       NOT_CLAIMED    ok              NOT_CLAIMED    CONSENSUS_CLOSED NODE_HELD -           -  -
    skip       -       NOT_CLAIMED    ok              NOT_CLAIMED    CONSENSUS_CLOSED NODE_HELD -           -  -
    escalate   -       NOT_CLAIMED    ok              NODE_CLOSED    CONSENSUS_CLOSED NODE_HELD -           -  -
    deescalate -       NOT_ESCALATED  NOT_ESCALATED   NOT_ESCALATED  CONSENSUS_CLOSED ok        -           -  -
    resolve    -       NOT_ESCALATED  NOT_ESCALATED   NOT_ESCALATED  CONSENSUS_CLOSED ok        -           -  -
    recall     -              NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NODE_HELD      -              -              -
    reopen     -              NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NODE_HELD      -              -              -
    revise     -              NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NOT_MOVABLE    NODE_HELD      -              -              -`,
};

const held = `
               labeling       review         consensus_review slot
    claim      CLAIM_HELD     CLAIM_HELD     CLAIM_HELD       ok
    release    NOT_HOLDER     NOT_HOLDER     NOT_HOLDER       NOT_HOLDER
    heartbeat  NOT_HOLDER     NOT_HOLDER     NOT_HOLDER       NOT_HOLDER
    submit     LEASE_LOST     INVALID_ACTION INVALID_ACTION   NOT_MOVABLE
    approve    INVALID_ACTION LEASE_LOST     LEASE_LOST       INVALID_ACTION
    reject     INVALID_ACTION LEASE_LOST     LEASE_LOST       INVALID_ACTION
    vote       INVALID_ACTION INVALID_ACTION INVALID_ACTION   LEASE_LOST
    skip       NOT_HOLDER     NOT_HOLDER     NOT_HOLDER       NOT_HOLDER
    escalate   NOT_HOLDER     NOT_HOLDER     NOT_HOLDER       NOT_HOLDER
    deescalate NOT_ESCALATED  NOT_ESCALATED  NOT_ESCALATED    NOT_ESCALATED
    resolve    NOT_ESCALATED  NOT_ESCALATED  NOT_ESCALATED    NOT_ESCALATED
    recall     NODE_CLOSED      INVALID_ACTION   INVALID_ACTION   NOT_MOVABLE
    reopen     REOPEN_REFUSED   REOPEN_REFUSED   NOT_MOVABLE      NOT_MOVABLE
    revise     REOPEN_REFUSED   REOPEN_REFUSED   NOT_MOVABLE      NOT_MOVABLE`;

describe.each(Object.entries(tables))('On a node of kind %s', (kind, table) => {
  const scene = scenes[kind as keyof typeof scenes];

  test.each(rowsOf(table))('%s while %s: %s', (type, status, code) => {
    const state = inStatus(scene, status, scene.me);

    expect(codeOf(state, type, askedBy(type, scene.me), scene.instance)).toBe(code);
  });

  test('the table has every command and every status', () => {
    const [header = '', ...rows] = table.trim().split('\n');

    expect(header.split(/\s+/)).toEqual([...nodeStatuses]);
    expect(rows.map((row) => row.trim().split(/\s+/)[0])).toEqual(commandTypes);
  });
});

describe('While somebody else holds the work', () => {
  const cases = rowsOf(held).map(([type, kind, code]) => [type, kind as unknown as keyof typeof scenes, code] as const);

  test.each(cases)('%s of %s: %s', (type, kind, code) => {
    const scene = scenes[kind];
    const state = inStatusHeldByAnother(scene);

    expect(codeOf(state, type, scene.me, scene.instance)).toBe(code);
  });

  test.each(cases)('%s of %s by a manager: as for others, but release and escalate are theirs', (type, kind, code) => {
    const scene = scenes[kind];
    const state = inStatusHeldByAnother(scene);

    expect(codeOf(state, type, boss, scene.instance)).toBe(type === 'release' || type === 'escalate' ? 'ok' : code);
  });
});

function inStatusHeldByAnother(scene: Scene): StreamState {
  return inStatus(scene, 'claimed', bob);
}

test('Nothing is accepted once the task has ended', () => {
  const world = new World(labeledOnce());
  world.labels(ann, 'annotate');

  for (const type of commandTypes) {
    expect(codeOf(world.cycle, type, boss, 'task-1.1.annotate.1'), type).toBe('NODE_CLOSED');
  }
});
