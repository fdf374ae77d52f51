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

it('answers all of 64 simultaneous commands at one cycle within 2 s, and loses none', async () => {
  const project = await newProject(own.stack.apiUrl, own.operatorKey);
  const annotator = await project.person('annotator');
  const taskId = await project.task(await project.pipeline(reviewed()));
  const instance = `${taskId}.1.annotate.1`;

  const replies = await Promise.all(
    Array.from({ length: 64 }, async (_, index) => {
      const began = performance.now();
      const command = index % 2 === 0 ? 'claim' : 'release';
      const { status } = await annotator.post(`/node-instances/${instance}/${command}`);
      return { command, status, milliseconds: performance.now() - began };
    }),
  );

  expect(Math.max(...replies.map(({ milliseconds }) => milliseconds))).toBeLessThan(2_000);
  expect(replies.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
  const taken = (of: string): number =>
    replies.filter(({ command, status }) => command === of && status === 200).length;
  const { rows } = await own.pool.query<{ claimed: number; released: number; status: string }>(
    `select count(*) filter (where t.type = 'claimed')::int as claimed, count(*) filter (where t.type = 'released')::int as released, n.status
       from timeline t join node_instances n on n.id = t.instance_id
      where n.id = $1 and t.superseded_at is null group by n.status`,
    [instance],
  );
  const { instances } = await own.client.state(`cycle:${taskId}.1`);
  expect(taken('claim')).toBeGreaterThan(0);
  expect(rows).toEqual([{ claimed: taken('claim'), released: taken('release'), status: instances[instance]?.status }]);
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
