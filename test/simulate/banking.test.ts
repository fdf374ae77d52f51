// 320 real questions, labeled and reviewed by an erring crew: three places have to tell the same story of how they ended.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectTemporal, createClient } from '../../client.js';
import type { Report } from '../../simulate/simulate.js';
import { simulate } from '../../simulate/simulate.js';
import { openPool } from '../support/open.js';
import { until } from '../support/until.js';

const tasks = fileURLToPath(new URL('../../../shared/crowd/texts/banking77_seed320.csv', import.meta.url));
const isThere = existsSync(tasks);
const minutes = 60_000;
const held = ['escalated', 'quarantined'];

const pipeline = `
name: Banking intents
nodes:
  - { key: start, kind: start }
  - key: annotate
    kind: labeling
    form: { type: object, properties: { intent: { type: string, minLength: 1 } }, required: [intent] }
  - { key: review, kind: review, reviews: annotate, limits: { maxReviewFailures: 1, maxReReviews: 3 } }
  - { key: end, kind: end }
edges:
  - { from: start, to: annotate }
  - { from: annotate, on: complete, to: review }
  - { from: review, on: approve, to: end }
`;

const crew = `
people:
  - { name: annotator, role: annotator, count: 12, accuracy: 0.45, discardRate: 0.03 }
  - { name: reviewer, role: reviewer, count: 6, judge: { right: 0.95, wrong: 0.1 } }
  - { name: manager, role: team_manager, resolve: { return: 0.5, leave: 0.5 } }
`;

describe.skipIf(!isThere)(`banking77${isThere ? '' : ` (left out: ${tasks} is not there)`}`, () => {
  const { apiUrl, operatorKey, temporalAddress, namespace } = inject('stack');
  const folder = mkdtempSync(join(tmpdir(), 'taskloom-banking-'));
  const pool = openPool();
  let report: Report;

  beforeAll(async () => {
    const files = { pipeline: join(folder, 'pipeline.yaml'), crew: join(folder, 'crew.yaml') };
    writeFileSync(files.pipeline, pipeline);
    writeFileSync(files.crew, crew);
    report = await simulate({ ...files, tasks, seed: 77, url: apiUrl, key: operatorKey });
  }, 5 * minutes);

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('ends with every task finished or held, and some of each kind', () => {
    const { finished = 0, escalated = 0, quarantined = 0 } = report.statuses;
    const { complete = 0, discard = 0 } = report.outcomes;

    expect(report.tasks).toBe(320);
    expect(report.open).toBe(0);
    expect(finished + escalated + quarantined).toBe(320);
    expect(complete + discard).toBe(finished);
    for (const count of [escalated, quarantined, complete, discard]) expect(count).toBeGreaterThan(0);
  });

  it('counts in Postgres what the API counts', async () => {
    const { rows } = await pool.query<{ status: string; outcome: string | null; count: number }>(
      'select status, outcome, count(*)::int as count from tasks where pipeline_id = $1 group by 1, 2',
      [report.pipelineId],
    );
    const sum = (of: (row: (typeof rows)[number]) => boolean): number =>
      rows.filter(of).reduce((total, { count }) => total + count, 0);

    for (const [status, count] of Object.entries(report.statuses))
      expect(sum((row) => row.status === status)).toBe(count);
    for (const [outcome, count] of Object.entries(report.outcomes))
      expect(sum((row) => row.outcome === outcome)).toBe(count);
    expect(sum(() => true)).toBe(320);
  });

  it("finds the same numbers in Temporal's visibility", async () => {
    const connection = await connectTemporal({ connectionOptions: { address: temporalAddress } });
    const client = createClient(connection, { namespace, taskQueue: 'taskloom' });
    try {
      for (const status of ['finished', ...held]) {
        const query = `TaskloomPipeline = '${report.pipelineId}' and TaskloomStatus = '${status}'`;
        const count = report.statuses[status] ?? 0;
        await until(`${count} ${status}`, async () => (await client.countCycles(query)) === count, 10_000);
      }
    } finally {
      await connection.close();
    }
  });

  it('names where the held tasks are', () => {
    const open = held.reduce((total, status) => total + (report.statuses[status] ?? 0), 0);

    expect(report.nodes).toEqual({ annotate: open });
  });
});
