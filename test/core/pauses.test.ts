import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elapse, nextDeadline } from '../../core/claims.js';
import type { Clock, PipelineClock } from '../../core/clock.js';
import { caughtUp, paused, pausedMs, resumed, runningTime, turned, wallTime, writtenTime } from '../../core/clock.js';
import { isParked, parseClock, parsePause } from '../../core/pauses.js';
import { parseCommand } from '../../core/commands.js';
import { taskStatus } from '../../core/view.js';
import {
  ann,
  aPipeline,
  aSubmission,
  bob,
  boss,
  code,
  dawn,
  end,
  hour,
  labeledAndReviewed,
  labeledOnce,
  labeling,
  minute,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

const since = (pausedAtMs: number, more: Partial<PipelineClock> = {}): PipelineClock => ({
  pausedTotalMs: 0,
  pausedAtMs,
  turns: 1,
  ...more,
});
const after = (pausedTotalMs: number): PipelineClock => ({ pausedTotalMs, turns: 2 });
const tells = (world: World, clock: Clock): void => {
  for (const { workflowId } of world.streams) world.hears({ type: 'clocked', at: world.now, clock }, workflowId);
};

const turnOf = ({ pausedAtMs }: { pausedAtMs?: number }) => (pausedAtMs === undefined ? paused : resumed);

/** What the pipeline's row does: a node's pauses are measured on the pipeline's running clock. */
function rowTurned(row: PipelineClock, what: 'pipeline' | 'node', wall: number): PipelineClock {
  const turns = (row.turns ?? 0) + 1;
  if (what === 'pipeline') return { ...turnOf(row)(row, wall), turns };
  const a = row.nodes?.['a'] ?? { pausedTotalMs: 0 };
  return { ...row, turns, nodes: { a: turnOf(a)(a, runningTime({ ...row, nodes: {} }, wall)) } };
}

interface Step {
  ms: number;
  what: 'pipeline' | 'node' | 'task' | 'news';
}

/** Pauses and resumes in turn; what really ran at the node `a`, which is paused by itself too, and at another one. */
class Life {
  wall = dawn;
  clock: Clock = { pausedTotalMs: 0 };
  row: PipelineClock = { pausedTotalMs: 0, turns: 0 };
  on = { pipeline: false, node: false, task: false };
  ran = { a: 0, b: 0 };

  isStill(node: 'a' | 'b'): boolean {
    return this.on.pipeline || this.on.task || (node === 'a' && this.on.node);
  }

  hears(): void {
    this.clock = caughtUp(this.clock, this.row);
  }

  takes({ ms, what }: Step): void {
    this.wall += ms;
    for (const node of ['a', 'b'] as const) this.ran[node] += this.isStill(node) ? 0 : ms;
    // Who pauses the task tells it how its pipeline stands.
    if (what === 'task' || what === 'news') this.hears();
    if (what === 'news') return;
    this.on[what] = !this.on[what];
    if (what === 'task') this.clock = turned(this.clock, this.wall, this.on.task ? paused : resumed);
    else this.row = rowTurned(this.row, what, this.wall);
  }
}

describe('Pauses of a pipeline, a node and a task', () => {
  const what = fc.constantFrom<Step['what'][]>('pipeline', 'node', 'task', 'news');
  const steps = fc.array(fc.record({ ms: fc.nat(hour), what }), { maxLength: 40 });

  test('count once where they overlap, however they do, and whenever the cycle hears of them', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const life = new Life();
        for (const step of list) life.takes(step);
        life.hears();

        for (const node of ['a', 'b'] as const) {
          const running = dawn + life.ran[node];
          expect(runningTime(life.clock, life.wall, node)).toBe(running);
          expect(wallTime(life.clock, running, node)).toBe(life.isStill(node) ? undefined : life.wall);
        }
      }),
    );
  });

  test('move what was written by what the pipeline was paused since', () => {
    const clock = caughtUp({ pausedTotalMs: 0 }, { ...after(hour), nodes: { a: { pausedTotalMs: minute } } });

    expect(writtenTime(clock, dawn, 'a') - pausedMs(clock, 'a')).toBe(dawn);
    expect(pausedMs(clock, 'b')).toBe(hour);
  });

  test('are heard in any order: what is older than what is known changes nothing', () => {
    const known = caughtUp({ pausedTotalMs: 0 }, after(hour));

    expect(caughtUp(known, since(dawn))).toBe(known);
    expect(caughtUp(known, { pausedTotalMs: 0 })).toBe(known);
  });
});

describe('A lease of 30 minutes, of which 10 are used when the pipeline is paused for an hour', () => {
  const used = (): World => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    world.now += 10 * minute;
    return world;
  };

  test('has 20 left', () => {
    const world = used();
    tells(world, since(world.now));
    expect(nextDeadline(world.cycle)).toBeUndefined();
    world.passes(hour);
    expect(world.instance('annotate').status).toBe('claimed');
    tells(world, after(hour));

    expect(nextDeadline(world.cycle)).toBe(world.now + 20 * minute);
    world.passes(20 * minute - 1);
    expect(world.instance('annotate').status).toBe('claimed');
    world.passes(1);
    expect(world.instance('annotate')).toMatchObject({ status: 'available', reason: 'RELEASED' });
  });

  test('has 20 left too where the cycle heard of it only afterwards, as its timer asked', () => {
    const world = used();
    world.now += hour;
    tells(world, after(hour));

    expect(elapse(world.cycle, world.now)).toEqual([]);
    expect(nextDeadline(world.cycle)).toBe(world.now + 20 * minute);
  });

  test('is not taken by a timer that fires just after the pause began', () => {
    const world = used();
    tells(world, since(world.now + 20 * minute - 1));
    world.now += 20 * minute + 1;

    expect(elapse(world.cycle, world.now)).toEqual([]);
  });

  test('has 20 left where its task was paused, and the pipeline within that', () => {
    const world = used();
    world.hears({ type: 'paused', at: world.now, actor: boss });
    const pipelinePaused = world.now + 10 * minute;
    world.now += hour;
    tells(world, { pausedTotalMs: 20 * minute, turns: 2 });
    expect(pipelinePaused).toBeLessThan(world.now);
    world.hears({ type: 'resumed', at: world.now, actor: boss });

    expect(nextDeadline(world.cycle)).toBe(world.now + 20 * minute);
  });
});

test('Work that comes again where the node itself had been paused is kept for its author for its time, and no longer', () => {
  const world = new World(labeledAndReviewed());
  world.labels(ann, 'annotate');
  tells(world, { ...after(0), nodes: { annotate: { pausedTotalMs: 3 * hour } } });
  world.does(boss, 'reopen', 'annotate');

  const { reservedFor, reservedUntil = 0 } = world.instance('annotate');
  expect(reservedFor).toBe('ann');
  expect(wallTime(world.cycle.clock, reservedUntil, 'annotate')).toBe(world.now + 24 * hour);
});

describe('While paused', () => {
  const submission = aSubmission();

  test('nothing is claimed, and what is held is handed in; what follows waits', () => {
    const world = new World(labeledAndReviewed());
    world.does(ann, 'claim', 'annotate');
    const clock = since(world.now);

    expect(world.codeOf(ann, 'heartbeat', 'annotate', { clock })).toBe('ok');
    expect(world.codeOf(ann, 'submit', 'annotate', { submission })).toBe('ok');
    expect(world.instance('qa').status).toBe('available');
    expect(world.codeOf(rita, 'claim', 'qa')).toBe('PIPELINE_PAUSED');
    expect([taskStatus(world.cycle), isParked(world.cycle)]).toEqual(['paused', true]);
    expect(world.codeOf(rita, 'claim', 'qa', { clock: after(minute) })).toBe('ok');
  });

  test('hard, nothing is handed in, but given back', () => {
    const world = new World(labeledAndReviewed());
    world.does(ann, 'claim', 'annotate');
    const clock = since(world.now, { hard: true });

    expect(world.codeOf(ann, 'submit', 'annotate', { submission, clock })).toBe('PIPELINE_PAUSED');
    expect(world.codeOf(ann, 'release', 'annotate', { clock })).toBe('ok');
  });

  test('a refused command leaves the clock as it was', () => {
    const world = new World(labeledOnce());
    const before = world.cycle;

    expect(world.codeOf(ann, 'claim', 'annotate', { clock: since(world.now) })).toBe('PIPELINE_PAUSED');
    expect(world.cycle).toBe(before);
  });

  test('no program is started, and it is before anybody else when that is over', () => {
    const pipeline = aPipeline(
      [labeling('annotate'), code('check'), end()],
      ['start → annotate', 'annotate → check', 'check → end'],
    );
    const world = new World(pipeline);
    world.does(ann, 'claim', 'annotate');
    world.does(ann, 'submit', 'annotate', { submission, clock: since(world.now) });

    expect(world.instance('check')).toMatchObject({ status: 'available' });
    tells(world, after(minute));
    expect(world.instance('check')).toMatchObject({ status: 'claimed' });
  });

  test('a node, only what is there stands still', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    const clock: PipelineClock = {
      pausedTotalMs: 0,
      turns: 1,
      nodes: { annotate: { pausedTotalMs: 0, pausedAtMs: dawn } },
    };
    world.does(rita, 'claim', 'qa', { clock });

    expect(isParked(world.cycle)).toBe(true);
    expect(nextDeadline(world.cycle)).toBeDefined();
    world.does(rita, 'reject', 'qa');
    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('NODE_PAUSED');
    expect(nextDeadline(world.child)).toBeUndefined();
  });

  test('a task, its rework stands still with it, and goes on with it', () => {
    const world = new World(labeledAndReviewed());
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    const kept = nextDeadline(world.child) ?? 0;
    world.hears({ type: 'paused', at: world.now, actor: boss });

    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('TASK_PAUSED');
    expect([taskStatus(world.cycle), nextDeadline(world.child)]).toEqual(['paused', undefined]);
    world.now += hour;
    world.hears({ type: 'resumed', at: world.now, actor: boss });
    expect(nextDeadline(world.child)).toBe(kept + hour);
    expect(world.codeOf(bob, 'claim', 'annotate')).toBe('FOREIGN_RESERVATION');
    expect(world.codeOf(ann, 'claim', 'annotate')).toBe('ok');
  });
});

describe('Clocks from outside', () => {
  test.each<unknown>([
    7,
    {},
    { pausedTotalMs: -1 },
    { pausedTotalMs: 0, pausedAtMs: 'noon' },
    { pausedTotalMs: 0, colour: 'red' },
    { pausedTotalMs: 0, hard: 1 },
    { pausedTotalMs: 0, nodes: { a: { pausedTotalMs: 0, nodes: {} } } },
    { pausedTotalMs: 0, nodes: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`n${String(i)}`, after(0)])) },
  ])('%j are refused', (clock) => {
    const body = { id: 'c', actor: ann, instance: 'i', clock };

    expect(parseCommand('claim', body).ok).toBe(false);
    expect(parsePause({ id: 'c', actor: ann, clock }).ok).toBe(false);
    expect(parseClock({ clock }).ok).toBe(false);
  });

  test("tell of a task's own pauses only where a cycle tells its rework", () => {
    const clock = { ...since(dawn), own: { pausedTotalMs: 0, pausedAtMs: dawn, turns: 1 } };

    expect(parseClock({ clock })).toEqual({ ok: true, value: clock });
    expect(parseCommand('claim', { id: 'c', actor: ann, instance: 'i', clock }).ok).toBe(false);
    expect(parsePause({ id: 'c', actor: { id: '' } }).ok).toBe(false);
    expect(parsePause(null).ok).toBe(false);
  });
});
