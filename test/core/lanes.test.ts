// Work in lanes: at most so many at once, and none begun after an error.
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inLanes } from '../../lanes.js';

it('does everything, at most so many at once', async () => {
  const done: number[] = [];
  let now = 0;
  let most = 0;
  await inLanes(3, Array.from({ length: 20 }).keys(), async (item) => {
    most = Math.max(most, (now += 1));
    await setTimeout(1);
    now -= 1;
    done.push(item);
  });

  expect(done.sort((a, b) => a - b)).toEqual([...Array.from({ length: 20 }).keys()]);
  expect(most).toBe(3);
});

it('begins nothing more after an error, and ends when nothing is under way', async () => {
  const begun: number[] = [];
  let ended = 0;
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    if (item === 1) throw new Error('no');
    await setTimeout(5);
    ended += 1;
  };

  await expect(inLanes(3, Array.from({ length: 20 }).keys(), work)).rejects.toThrow('no');

  expect(begun).toEqual([0, 1, 2]);
  expect(ended).toBe(2);
});
