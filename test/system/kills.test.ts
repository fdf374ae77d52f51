// kill -9 in the middle of a rehearsal: nothing lost, nothing twice, and everybody has an answer soon after the restart. All four
// parts, and more of it, are in `npm run proof`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KillReport } from '../support/kill-rehearsal.js';
import { rehearseWithKills } from '../support/kill-rehearsal.js';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';

const answerWithinMs = 15_000;
const tasks = 80;

describe('a worker that is killed twice', () => {
  let own: OwnStack;
  let outcome: KillReport;

  beforeAll(async () => {
    own = await ownStack();
    outcome = await rehearseWithKills({ own, tasks, kills: ['worker', 'worker'] });
  }, 180_000);

  afterAll(() => own.stop());

  it('is missed by commands in flight, and each has its answer within 15 s of the restart', () => {
    expect(outcome.kills).toHaveLength(2);
    for (const { commands, longestWaitMs } of outcome.kills) {
      expect(commands).toBeGreaterThan(0);
      expect(longestWaitMs).toBeLessThan(answerWithinMs);
    }
  });

  it('leaves every task ended or held, every accepted command recorded once, and all places agreed', () => {
    expect(outcome.disagreements).toEqual([]);
    expect(outcome.report).toMatchObject({ tasks, open: 0, rejections: {} });
  });
});
