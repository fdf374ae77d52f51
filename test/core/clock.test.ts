import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elapse } from '../../core/claims.js';
import type { Clock } from '../../core/clock.js';
import { paused, resumed, runningTime, wallTime } from '../../core/clock.js';
import { ann, dawn, hour, labeledOnce, minute } from '../support/builders.js';
import { World } from './world.js';

const neverPaused: Clock = { pausedTotalMs: 0 };

describe('The running clock', () => {
  test('shows the wall time of a pipeline that was never paused', () => {
    expect(runningTime(neverPaused, dawn)).toBe(dawn);
    expect(wallTime(neverPaused, dawn)).toBe(dawn);
  });

  test('stands still while paused, and nobody knows when a deadline will come', () => {
    const clock = paused(neverPaused, dawn);

    expect(runningTime(clock, dawn + hour)).toBe(dawn);
    expect(wallTime(clock, dawn + minute)).toBeUndefined();
  });

  test('is paused once: a second pause changes nothing', () => {
    const clock = paused(neverPaused, dawn);

    expect(paused(clock, dawn + hour)).toBe(clock);
  });

  test('resumes only when paused', () => {
    expect(resumed(neverPaused, dawn)).toBe(neverPaused);
  });

  test('never runs backwards when a resume is dated before its pause', () => {
    expect(resumed(paused(neverPaused, dawn), dawn - hour)).toEqual(neverPaused);
  });

  test('leaves 20 of 30 minutes after 10 were used, whatever the pause', () => {
    const deadline = runningTime(neverPaused, dawn) + 30 * minute;

    const clock = resumed(paused(neverPaused, dawn + 10 * minute), dawn + 10 * minute + hour);
    const now = dawn + 10 * minute + hour;

    expect(deadline - runningTime(clock, now)).toBe(20 * minute);
    expect(wallTime(clock, deadline)).toBe(now + 20 * minute);
  });

  test('keeps a lease over a pause: it lapses when the running time is used up', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    const clock = resumed(paused(neverPaused, dawn + 10 * minute), dawn + 70 * minute);
    const state = { ...world.cycle, clock };

    expect(elapse(state, dawn + 90 * minute - 1)).toEqual([]);
    expect(elapse(state, dawn + 90 * minute)).toMatchObject([{ type: 'released', cause: 'lease' }]);
  });

  test('takes no lease while paused', () => {
    const world = new World(labeledOnce());
    world.does(ann, 'claim', 'annotate');
    const state = { ...world.cycle, clock: paused(neverPaused, dawn + minute) };

    expect(elapse(state, dawn + 100 * hour)).toEqual([]);
  });

  test('adds up pauses: running time and time paused make the wall time', () => {
    const pauses = fc.array(fc.tuple(fc.nat(hour), fc.nat(hour)), { maxLength: 10 });
    fc.assert(
      fc.property(pauses, (list) => {
        let clock = neverPaused;
        let [wall, ran] = [dawn, 0];
        for (const [running, pausing] of list) {
          wall += running;
          ran += running;
          clock = paused(clock, wall);
          wall += pausing;
          clock = resumed(clock, wall);
        }

        expect(runningTime(clock, wall) - dawn).toBe(ran);
        expect(wallTime(clock, dawn + ran)).toBe(wall);
      }),
    );
  });
});
