// The promise of a seeder, with a crew that takes at most 20 tasks a second. Its full length is in `npm run proof`.
// On a stack of its own: what is measured is the seeder, not what other tests ask of the same servers.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import { newProject } from '../support/project.js';
import { drainSeeder, paceProblems } from '../support/seeded-crew.js';

const seconds = Number(process.env['TASKLOOM_SEEDER_SECONDS'] ?? 4);

let own: OwnStack;

beforeAll(async () => {
  own = await ownStack();
});

afterAll(() => own.stop());

it(
  'keeps 200 available within 5 % while they are taken, before a pause and after it',
  async () => {
    const pace = { keep: 200, perSecond: 20, seconds };
    const project = await newProject(own.stack.apiUrl, own.operatorKey);
    const seen = await drainSeeder(own.pool, project, pace);

    expect([paceProblems(seen.before, pace), paceProblems(seen.after, pace)], JSON.stringify(seen)).toEqual([[], []]);
  },
  60_000 + seconds * 4_000,
);
