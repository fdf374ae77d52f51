// Cycles whose starter was killed: found by an index that holds nothing else, however many are open, and page by page.
import { beforeAll, expect, it } from 'vitest';
import { cyclesForgotten } from '../../db/queries/cycles-to-start.js';
import { ownDatabase } from '../support/own-database.js';

const { pool } = await ownDatabase('forgotten');

beforeAll(async () => {
  await pool.query(`insert into projects (id, name) values ('p', 'p')`);
  await pool.query(`insert into pipelines (id, project_id, name, version) values ('l', 'p', 'l', 1)`);
  await pool.query(
    `insert into pipeline_versions (id, pipeline_id, version, definition, plan) values ('v', 'l', 1, '{}', '{"nodes":[],"edges":[]}')`,
  );
  await pool.query(
    `insert into tasks (id, project_id, pipeline_id, data, data_hash, data_title, cycle_id)
     select 't' || n, 'p', 'l', '{}', 'h', 't', 't' || n || '.1' from generate_series(1, 7) as n`,
  );
  await pool.query(
    `insert into cycles (id, task_id, number, version_id, created_at) select t.cycle_id, t.id, 1, 'v', now() - interval '1 minute' from tasks t`,
  );
});

async function all(): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after: string | undefined; ;) {
    const { cycles, last } = await cyclesForgotten(pool, after, 3);
    pages.push(cycles.map(({ task }) => task.taskId));
    if (last === undefined) return pages;
    after = last;
  }
}

it('are found page by page, until they have recorded, have ended or are new', async () => {
  expect(await all()).toEqual([['t1', 't2', 't3'], ['t4', 't5', 't6'], ['t7']]);

  await pool.query(
    `insert into streams (id, cycle_id, kind, run_id, sequence, decided_at, status, started, nodes, recorded_at)
     values ('cycle:t1.1', 't1.1', 'cycle', 'r', 1, 1, 'open', false, '{}', now())`,
  );
  await pool.query(`select update_task('t1', 't1.1')`);
  await pool.query(`update cycles set ended_at = now() where id = 't2.1'`);
  await pool.query(`update cycles set created_at = now() where id = 't3.1'`);

  expect(await all()).toEqual([['t4', 't5', 't6'], ['t7']]);
  const { rows } = await pool.query<{ id: string }>(
    'select id from cycles where unrecorded and ended_at is null order by 1',
  );
  expect(rows.map(({ id }) => id)).toEqual(['t3.1', 't4.1', 't5.1', 't6.1', 't7.1']);
});
