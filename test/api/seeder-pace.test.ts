// The promise of a seeder, with a crew that takes at most 20 tasks a second. Its full length is in `npm run proof`.
import pg from 'pg';
import { afterAll, expect, inject, it } from 'vitest';
import { newProject } from '../support/project.js';
import { drainSeeder, paceProblems } from '../support/seeded-crew.js';

const { apiUrl, operatorKey, databaseUrl } = inject('stack');
const seconds = Number(process.env['TASKLOOM_SEEDER_SECONDS'] ?? 4);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });

afterAll(() => pool.end());

it(
  'keeps 200 available within 5 % while they are taken, before a pause and after it',
  async () => {
    const pace = { keep: 200, perSecond: 20, seconds };
    const seen = await drainSeeder(pool, await newProject(apiUrl, operatorKey), pace);

    expect([paceProblems(seen.before, pace), paceProblems(seen.after, pace)], JSON.stringify(seen)).toEqual([[], []]);
  },
  60_000 + seconds * 4_000,
);
