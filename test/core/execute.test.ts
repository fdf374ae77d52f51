import { describe, expect, test } from 'vitest';
import { commandTime, decide, execute } from '../../core/decide.js';
import { evolve } from '../../core/evolve.js';
import { openCycle } from '../../core/open.js';
import type { StreamState } from '../../core/state.js';
import { answerOf, answersKept } from '../../core/answers.js';
import {
  aCommand,
  ann,
  aPlan,
  aSubmission,
  aTask,
  bob,
  boss,
  dawn,
  hour,
  labeledAndReviewed,
  minute,
  ravi,
  rita,
  twoReviewedBranches,
  votedOn,
} from '../support/builders.js';
import { World } from './world.js';

const annotate = 'task-1.1.annotate.1';

const fresh = (): StreamState => openCycle(aTask(), aPlan(labeledAndReviewed()), dawn).state;

function after(state: StreamState, ...commands: ReturnType<typeof aCommand>[]): StreamState {
  return commands.reduce((present, command) => {
    const executed = execute(present, command, dawn);
    if (!executed.ok) throw new Error(executed.rejection.code);
    return executed.value.state;
  }, state);
}

describe('A command that comes twice', () => {
  test('gets the answer it got before, and changes nothing', () => {
    const state = after(fresh(), aCommand('claim', ann, annotate));

    const again = execute(state, aCommand('claim', ann, annotate), dawn + minute);

    expect(again).toMatchObject({ ok: true, value: { events: [], answer: { assignee: 'ann' } } });
    expect(again.ok && again.value.state).toBe(state);
  });

  test('is answered even after what it did was undone', () => {
    const state = after(fresh(), aCommand('claim', ann, annotate), aCommand('release', ann, annotate));

    expect(execute(state, aCommand('claim', ann, annotate), dawn)).toMatchObject({
      ok: true,
      value: { answer: { status: 'claimed' } },
    });
    expect(execute(state, aCommand('claim', ann, annotate), dawn).ok).toBe(true);
  });

  test('is judged anew when it was refused before', () => {
    const held = after(fresh(), aCommand('claim', ann, annotate));
    const claim = aCommand('claim', bob, annotate);
    expect(execute(held, claim, dawn).ok).toBe(false);

    const freed = after(held, aCommand('release', ann, annotate));

    expect(execute(freed, claim, dawn).ok).toBe(true);
  });

  test('is known among the last two hundred', () => {
    const claimed = after(fresh(), aCommand('claim', ann, annotate));
    const beats = Array.from({ length: 250 }, (_, index) =>
      aCommand('heartbeat', ann, annotate, { id: `beat ${String(index)}` }),
    );

    const state = after(claimed, ...beats);

    expect(state.answers).toHaveLength(answersKept);
    expect(answersKept).toBe(200);
    expect(answerOf(state, 'beat 50')).toBeDefined();
    expect(answerOf(state, 'beat 49')).toBeUndefined();
  });
});

describe('The version that a sender saw', () => {
  test('lets a command through when it is the present one', () => {
    expect(execute(fresh(), aCommand('claim', ann, annotate, { expectedVersion: 1 }), dawn).ok).toBe(true);
  });

  test('refuses a stale command', () => {
    const state = after(fresh(), aCommand('claim', ann, annotate));

    expect(execute(state, aCommand('submit', ann, annotate, { expectedVersion: 1 }), dawn)).toEqual({
      ok: false,
      rejection: { code: 'STALE_TASK', detail: 'it is at version 2' },
    });
  });
});

describe('The time of a command', () => {
  const at = (lastAt: number, receivedAt: number | undefined, now: number): number =>
    commandTime(
      { ...fresh(), lastAt },
      aCommand('claim', ann, annotate, receivedAt === undefined ? {} : { receivedAt }),
      now,
    );

  test('is when the API took it', () => {
    expect(at(dawn, dawn + minute, dawn + hour)).toBe(dawn + minute);
  });

  test('is now where nobody says', () => {
    expect(at(dawn, undefined, dawn + hour)).toBe(dawn + hour);
  });

  test('is never in the future', () => {
    expect(at(dawn, dawn + 2 * hour, dawn + hour)).toBe(dawn + hour);
  });

  test('is never before the last accepted command', () => {
    expect(at(dawn + minute, dawn, dawn + hour)).toBe(dawn + minute);
    expect(at(dawn + 2 * hour, undefined, dawn + hour)).toBe(dawn + 2 * hour);
  });

  test('of an accepted command is the earliest for the next', () => {
    const executed = execute(fresh(), aCommand('claim', ann, annotate), dawn + hour);

    expect(executed.ok && executed.value.state.lastAt).toBe(dawn + hour);
  });
});

describe('An unknown instance', () => {
  test.each(['task-1.1.annotate.9', '', 'constructor', 'toString', '__proto__'])('%j is refused', (instance) => {
    expect(decide(fresh(), aCommand('claim', ann, instance), dawn)).toEqual({
      ok: false,
      rejection: { code: 'NODE_UNKNOWN' },
    });
  });
});

describe('The answer', () => {
  test('tells the instance as the command left it', () => {
    const world = new World(labeledAndReviewed());
    world.does(ann, 'claim', 'annotate');

    expect(world.does(ann, 'submit', 'annotate', { submission: aSubmission() })).toEqual({
      nodeInstanceId: annotate,
      taskId: 'task-1',
      status: 'submitted',
      version: 3,
      outcome: 'complete',
    });
  });

  test('of a verdict is about the review, not about the rework it started', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');

    expect(world.judges(rita, 'qa', 'reject')).toMatchObject({ nodeInstanceId: 'task-1.1.qa.1', outcome: 'reject' });
  });
});

describe('The state', () => {
  const stories: [name: string, tell: () => World][] = [
    ['a new cycle', () => new World(labeledAndReviewed())],
    [
      'a cycle with rework, escalated and returned',
      () => {
        const world = new World(labeledAndReviewed({ limits: { maxReviewFailures: 0 } }));
        world.labels(ann, 'annotate');
        world.judges(rita, 'qa', 'reject', { comment: 'no', fields: ['/a'] });
        world.does(boss, 'resolve', 'annotate', { how: 'return', to: 'ann' });
        world.does(ann, 'claim', 'annotate');
        world.passes(hour);
        return world;
      },
    ],
    [
      'a vote that is tied',
      () => {
        const world = new World(votedOn(2));
        world.votes(ann, 'vote', 'cat');
        world.votes(bob, 'vote', 'dog');
        return world;
      },
    ],
    [
      'two branches, of which one is held',
      () => {
        const world = new World(twoReviewedBranches());
        world.does(ann, 'claim', 'cat');
        world.does(ann, 'escalate', 'cat');
        world.does(boss, 'deescalate', 'cat');
        world.labels(bob, 'dog', { values: { a: 1 } });
        world.judges(ravi, 'qaDog', 'reject');
        world.does(boss, 'escalate', 'dog');
        return world;
      },
    ],
  ];

  test.each(stories)('of %s is plain JSON, so that a continued run has all of it', (_, tell) => {
    for (const stream of tell().streams) expect(JSON.parse(JSON.stringify(stream))).toStrictEqual(stream);
  });

  test('is never changed in place', () => {
    const state = fresh();
    const copy = structuredClone(state);

    after(state, aCommand('claim', ann, annotate), aCommand('submit', ann, annotate));

    expect(state).toEqual(copy);
  });

  test('is left as it is by events that only tell', () => {
    const state = fresh();

    expect(evolve(state, { type: 'rejected', at: dawn, command: 'claim', code: 'NODE_UNKNOWN' })).toBe(state);
    expect(evolve(state, { type: 'resynced', at: dawn })).toBe(state);
    expect(evolve(state, { type: 'reworkHeld', at: dawn, child: 'rework:unknown', held: 'escalated' })).toBe(state);
    expect(evolve(state, { type: 'freed', at: dawn, instance: 'unknown', cause: 'holder' })).toBe(state);
  });
});
