// Lists of executions read their own rows by an index, however many others a node has.
import type pg from 'pg';
import { expect, it } from 'vitest';
import { executionsOfNode } from '../../db/queries/executions.js';
import { openPool } from '../support/open.js';

const pool = openPool({ options: '-c enable_seqscan=off', max: 1 });

it('of one status, and of all of them', async () => {
  const plans: string[] = [];
  const explaining = {
    query: async (text: string, values: unknown[]) => {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      return { rows: [] };
    },
  };
  const asked = { pipelineId: 'p', node: 'n', before: { id: 'x', attempt: 1 }, limit: 51 };
  await executionsOfNode(explaining as unknown as pg.Pool, { ...asked, status: 'succeeded' });
  await executionsOfNode(explaining as unknown as pg.Pool, asked);

  for (const plan of plans) {
    expect(plan).toMatch(/Index (Only )?Scan Backward using node_instances_visits/);
    expect(plan).toMatch(/Index (Only )?Scan Backward using executions_of_node/);
    expect(plan).toMatch(/Index Cond: .*CASE.* = asked\.status/);
    expect(plan).not.toContain('Filter:');
  }
});
