// A crew that drains a seeder's tasks at a pace, and what was available meanwhile. Used by the tests and by the proof.
import type pg from 'pg';
import type { Person, TestProject } from './project.js';
import { claimNext, expectStatus, reviewed } from './project.js';
import { until } from './until.js';

export interface Pace {
  keep: number;
  perSecond: number;
  /** Of each of the two stretches: before a pause, and after it. */
  seconds: number;
}

/** Work that can be claimed, as claim-next counts it: looked at every 100 ms. */
export interface Seen {
  least: number;
  most: number;
  mean: number;
  looks: number;
}

const lookEveryMs = 100;

async function claimable(pool: pg.Pool, pipelineId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from node_instances where pipeline_id = $1 and open_slots > 0',
    [pipelineId],
  );
  return rows[0]?.count ?? 0;
}

async function stretch(pool: pg.Pool, annotator: Person, pipeline: string, pace: Pace): Promise<Seen> {
  const samples: number[] = [];
  const began = performance.now();
  let taken = 0;
  let looked = -Infinity;
  const claims: Promise<unknown>[] = [];
  await until(
    'the end of the stretch',
    async () => {
      const elapsed = performance.now() - began;
      for (; taken < (elapsed / 1_000) * pace.perSecond; taken += 1) claims.push(claimNext(annotator, pipeline));
      if (elapsed - looked >= lookEveryMs) {
        samples.push(await claimable(pool, pipeline));
        looked = elapsed;
      }
      return elapsed > pace.seconds * 1_000;
    },
    pace.seconds * 2_000,
  );
  await Promise.all(claims);
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  return { least: Math.min(...samples), most: Math.max(...samples), mean, looks: samples.length };
}

export async function drainSeeder(
  pool: pg.Pool,
  project: TestProject,
  pace: Pace,
): Promise<{ before: Seen; after: Seen }> {
  const { admin } = project;
  const annotator = await project.person('annotator');
  const definition = reviewed();
  const pipelineId = await project.pipeline({ ...definition });
  const source = { kind: 'generator', name: 'counting' };
  const made = await admin.post<{ id: string }>('/seeders', { pipelineId, keep: pace.keep, source });
  expectStatus(made, 201);
  const full = () => until('all available', async () => (await claimable(pool, pipelineId)) >= pace.keep, 60_000);
  await full();
  const before = await stretch(pool, annotator, pipelineId, pace);
  expectStatus(await admin.post(`/seeders/${made.body.id}/pause`), 200);
  expectStatus(await admin.post(`/seeders/${made.body.id}/resume`), 200);
  await full();
  const after = await stretch(pool, annotator, pipelineId, pace);
  expectStatus(await admin.post(`/seeders/${made.body.id}/stop`), 200);
  return { before, after };
}

/** What does not hold of what was seen. */
export function paceProblems({ least, most, mean }: Seen, { keep }: Pace): string[] {
  return [
    ...(most > keep * 1.05 ? [`${most} available at once, more than 1.05 × ${keep}`] : []),
    ...(least === 0 ? ['none available'] : []),
    ...(Math.abs(mean - keep) > keep * 0.05
      ? [`${mean.toFixed(1)} available on average, not within 5 % of ${keep}`]
      : []),
  ];
}
