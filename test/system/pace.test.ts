// What is promised of times: a stack of its own, so that what is measured is not what other tests ask of the same servers.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import { newProject, reviewed } from '../support/project.js';
import { drainSeeder, paceProblems } from '../support/seeded-crew.js';

const seconds = Number(process.env['TASKLOOM_SEEDER_SECONDS'] ?? 4);

let own: OwnStack;

beforeAll(async () => {
  own = await ownStack();
});

afterAll(() => own.stop());

it('answers all of 64 simultaneous commands at one cycle within 2 s', async () => {
  const project = await newProject(own.stack.apiUrl, own.operatorKey);
  const annotator = await project.person('annotator');
  const taskId = await project.task(await project.pipeline(reviewed()));
  const instance = `${taskId}.1.annotate.1`;

  const times = await Promise.all(
    Array.from({ length: 64 }, async (_, index) => {
      const began = performance.now();
      const command = index % 2 === 0 ? 'claim' : 'release';
      const reply = await annotator.post(`/node-instances/${instance}/${command}`);
      expect([200, 409]).toContain(reply.status);
      return performance.now() - began;
    }),
  );

  expect(Math.max(...times)).toBeLessThan(2_000);
});

// The promise of a seeder, with a crew that takes at most 20 tasks a second. Its full length is in `npm run proof`.
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
