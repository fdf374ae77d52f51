// The worker is killed again and again while items of small batches are handed in, reopened and run again: each checkpoint fires once
// all the same, with each item once. `CHECKPOINT_CROSSINGS` and `CHECKPOINT_KILLS` say how many; the proof says more.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { crossBatches } from '../support/checkpoint-crossings.js';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import { newProject } from '../support/project.js';

const batches = Number(process.env['CHECKPOINT_CROSSINGS'] ?? '6');
const kills = Number(process.env['CHECKPOINT_KILLS'] ?? '2');

let own: OwnStack;

beforeAll(async () => {
  own = await ownStack();
});

afterAll(() => own.stop());

/** A kill each few seconds, so that what the one before broke off is under way again. */
async function killer(isOver: () => boolean): Promise<number> {
  const worker = own.stack.workers[0];
  for (let done = 0; ; done += 1) {
    for (let waited = 0; waited < 2_500 && !isOver(); waited += 100) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (done === kills || isOver()) return done;
    await worker?.kill('SIGKILL');
    await worker?.restart();
  }
}

it(
  `${String(batches)} batches fire once each, over kills of the worker`,
  { timeout: 180_000 + batches * 20_000 + kills * 15_000 },
  async () => {
    const project = await newProject(own.stack.apiUrl, own.operatorKey);
    const crew = await Promise.all(Array.from({ length: 4 }, () => project.person('annotator')));
    let isOver = false;
    const killing = killer(() => isOver);

    const outcome = crossBatches(project, own.pool, { batches, items: 4, crew }).finally(() => (isOver = true));
    const { fired, expected, leftBehind } = await outcome;

    expect(fired).toEqual(expected);
    expect(Object.keys(fired)).toHaveLength(batches);
    expect(leftBehind).toEqual([]);
    expect(await killing).toBeGreaterThan(0);
  },
);
