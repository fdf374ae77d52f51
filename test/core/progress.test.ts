// How far a rehearsal is, in one line; and where that line goes.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Counts } from '../../simulate/counts.js';
import type { Shown } from '../../simulate/progress.js';
import { lineOf, showProgress } from '../../simulate/progress.js';

const clearLine = '\r\u001b[K';

const counted = (statuses: Record<string, number>): Counts => ({ statuses, outcomes: {}, open: 0, held: 0 });

const aRehearsal = (shown: Partial<Shown> = {}, actions = 0): Shown => ({
  tasks: 8,
  expected: undefined,
  meter: { actions },
  count: () => Promise.resolve(counted({ in_progress: 8 })),
  ...shown,
});

/** Of 24 characters, how many are filled. */
const filled = (line: string): number => /^\[(?<done>=*) *\] /.exec(line)?.groups?.['done']?.length ?? Number.NaN;

describe('The line', () => {
  test('tells tasks, what is held, actions and their rate', () => {
    const statuses = { in_progress: 3, finished: 2, escalated: 2, quarantined: 1 };

    expect(lineOf(counted(statuses), aRehearsal({}, 50), 4)).toBe(
      `[${'='.repeat(15)}${' '.repeat(9)}] 2 of 8 finished, 2 escalated, 1 quarantined, 50 actions, 13/s`,
    );
  });

  test.each([
    ['nothing', { in_progress: 8 }, 0],
    ['half of it', { in_progress: 4, finished: 1, escalated: 1, quarantined: 1, failed: 1 }, 12],
    ['all', { finished: 8 }, 24],
  ])('is filled by tasks that ended or are held: %s', (_, statuses, width) => {
    expect(filled(lineOf(counted(statuses), aRehearsal(), 1))).toBe(width);
  });

  test.each([
    ['nothing', 0, 0],
    ['half of it', 10, 12],
    ['all', 20, 24],
    ['more than was expected', 30, 24],
  ])('is filled by actions where it is known how many there will be: %s', (_, actions, width) => {
    expect(filled(lineOf(counted({ in_progress: 8 }), aRehearsal({ expected: 20 }, actions), 1))).toBe(width);
  });

  test('counts the tasks that came in meanwhile, and those that have not yet', () => {
    expect(lineOf(counted({ in_progress: 6, finished: 6 }), aRehearsal(), 1)).toContain('] 6 of 12 finished');
    expect(lineOf(counted({ finished: 2 }), aRehearsal(), 1)).toContain('] 2 of 8 finished');
  });

  test('makes sense before there is anything to count', () => {
    expect(lineOf(counted({}), aRehearsal({ tasks: 0, expected: 0 }), 0)).toBe(
      `[${' '.repeat(24)}] 0 of 0 finished, 0 escalated, 0 quarantined, 0 actions, 0/s`,
    );
  });
});

describe('Progress', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function aScreen(isTTY: boolean | undefined) {
    const written: string[] = [];
    return { isTTY, written, write: (text: string) => written.push(text) > 0 };
  }

  test('on a terminal is one line that is written over twice a second, and is cleared at the end', async () => {
    const screen = aScreen(true);
    const meter = { actions: 1 };
    const progress = showProgress(screen, aRehearsal({ meter }));

    await vi.advanceTimersByTimeAsync(500);
    meter.actions = 2;
    await vi.advanceTimersByTimeAsync(500);
    progress.stop();

    const [first, second, last, ...more] = screen.written;
    expect(first).toMatch(/^\r\u001b\[K\[ {24}\] 0 of 8 finished, .*, 1 actions, 2\/s$/);
    expect(second).toMatch(/^\r\u001b\[K\[ {24}\] 0 of 8 finished, .*, 2 actions, 2\/s$/);
    expect([last, ...more]).toEqual([clearLine]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([false, undefined])('elsewhere (isTTY: %s) is a line every five seconds', async (isTTY) => {
    const screen = aScreen(isTTY);
    const progress = showProgress(screen, aRehearsal());

    await vi.advanceTimersByTimeAsync(4_900);
    expect(screen.written).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_100);
    progress.stop();

    const line = expect.stringMatching(/^\[ {24}\] 0 of 8 finished, .*\n$/) as string;
    expect(screen.written).toEqual([line, line]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('asks no more while an answer is awaited, and shows none that comes after the end', async () => {
    const screen = aScreen(true);
    const answers: ((counts: Counts) => void)[] = [];
    const count = () => new Promise<Counts>((resolve) => answers.push(resolve));
    const progress = showProgress(screen, aRehearsal({ count }));

    await vi.advanceTimersByTimeAsync(5_000);
    progress.stop();
    for (const answer of answers) answer(counted({ finished: 8 }));
    await vi.runAllTimersAsync();

    expect(answers).toHaveLength(1);
    expect(screen.written).toEqual([clearLine]);
  });

  test('says nothing of a server that does not answer, and goes on when it does again', async () => {
    const screen = aScreen(false);
    const count = vi
      .fn()
      .mockRejectedValueOnce(new Error('away'))
      .mockResolvedValue(counted({ finished: 8 }));
    const progress = showProgress(screen, aRehearsal({ count }));

    await vi.advanceTimersByTimeAsync(10_000);
    progress.stop();

    expect(screen.written).toEqual([expect.stringContaining('] 8 of 8 finished')]);
  });
});
