// What makes a checkpoint fire, told by many at once: whoever completes it is one, and what time has overtaken changes nothing.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { TaskHome } from '../../db/staging/tasks.js';
import { closeBatch, openBatch, storeTasks } from '../../db/staging/tasks.js';
import type { Told } from '../../db/writes/checkpoints.js';
import { endBatch, tellCheckpoints } from '../../db/writes/checkpoints.js';
import { newTask } from '../../language/new-task.js';
import { gathered } from '../support/checkpoints.js';
import { openPool } from '../support/open.js';
import { newProject } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool({ max: 20 });
let homes: Record<'task' | 'assignment', TaskHome>;

beforeAll(async () => {
  const project = await newProject(apiUrl, operatorKey);
  const home = async (per: 'task' | 'assignment'): Promise<TaskHome> => {
    const pipelineId = await project.pipeline(gathered(per));
    const { rows } = await pool.query<{ id: string }>('select id from pipeline_versions where pipeline_id = $1', [
      pipelineId,
    ]);
    return { projectId: project.id, pipelineId, versionId: rows[0]?.id ?? '', batchId: null };
  };
  homes = { task: await home('task'), assignment: await home('assignment') };
});

/** A closed batch of stored tasks whose cycles are told of by hand. */
async function aBatch(per: 'task' | 'assignment', size: number, closed = true) {
  const home = { ...homes[per], batchId: `bat_${randomUUID()}` };
  const ids = Array.from({ length: size }, () => `tsk_${randomUUID()}`);
  await openBatch(pool, { ...home, kind: 'api' });
  const tasks = ids.map((id, row) => newTask(id, { data: {} }, row));
  for (let at = 0; at < size; at += 500) await storeTasks(pool, home, tasks.slice(at, at + 500));
  // Nothing starts their cycles: they have ended as far as anybody looks for forgotten ones.
  await pool.query('update cycles set ended_at = now() where task_id = any ($1::text[])', [ids]);
  if (closed) await closeBatch(pool, home.batchId);
  const told = (index: number, standing: Told['standings'][number]['standing'], more: object = {}): Told => {
    const taskId = ids[index] ?? '';
    const task = { taskId, cycleId: `${taskId}.1`, batchId: home.batchId };
    return { task, standings: [{ node: 'all', standing, ...more }], decidedAt: 10, sequence: 1 };
  };
  const firedItems = async (): Promise<number[]> => {
    const { rows } = await pool.query<{ items: number }>(
      'select items from checkpoints where batch_id = $1 order by fired_at, id',
      [home.batchId],
    );
    return rows.map(({ items }) => items);
  };
  return { batchId: home.batchId, told, firedItems };
}

describe('A batch of 60 that all arrive at once', () => {
  it('fires once, with all of them', async () => {
    const { told, firedItems } = await aBatch('task', 60);

    await Promise.all(Array.from({ length: 60 }, (_, index) => tellCheckpoints(pool, told(index, 'arrived'))));

    expect(await firedItems()).toEqual([60]);
  });

  it('fires once, when the same is told again and the batch is closed meanwhile', async () => {
    const { batchId, told, firedItems } = await aBatch('task', 20, false);
    const tells = Array.from({ length: 40 }, (_, index) => tellCheckpoints(pool, told(index % 20, 'arrived')));

    await Promise.all([...tells, endBatch(pool, batchId), endBatch(pool, batchId)]);

    expect(await firedItems()).toEqual([20]);
  });

  it('fires once for each of ten people', async () => {
    const { told, firedItems } = await aBatch('assignment', 60);
    const whose = (index: number) => ({ assignee: `person ${String(index % 10)}` });
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => tellCheckpoints(pool, told(index, 'coming', whose(index)))),
    );

    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        tellCheckpoints(pool, { ...told(index, 'arrived', whose(index)), decidedAt: 11 }),
      ),
    );

    expect(await firedItems()).toEqual(Array.from({ length: 10 }, () => 6));
  });
});

it('fires with all of so many that several statements hold them', async () => {
  const { batchId, firedItems } = await aBatch('task', 10_050, false);
  await pool.query(`update checkpoint_items set standing = 'arrived' where batch_id = $1`, [batchId]);

  await endBatch(pool, batchId);

  expect(await firedItems()).toEqual([10_050]);
  const held = 'select count(*)::int as held from checkpoint_items where batch_id = $1 and checkpoint_id is not null';
  expect((await pool.query(held, [batchId])).rows).toEqual([{ held: 10_050 }]);
});

it('is not moved by what was decided earlier', async () => {
  const { told, firedItems } = await aBatch('task', 2);
  await tellCheckpoints(pool, { ...told(0, 'arrived'), decidedAt: 20 });
  await tellCheckpoints(pool, { ...told(0, 'gone'), decidedAt: 19, sequence: 9 });
  await tellCheckpoints(pool, told(1, 'gone'));

  expect(await firedItems()).toEqual([1]);
});

it('lets another cycle of an item that it had go through', async () => {
  const { told, firedItems } = await aBatch('task', 1);
  const first = told(0, 'arrived');
  await tellCheckpoints(pool, first);
  await tellCheckpoints(pool, { ...told(0, 'gone'), decidedAt: 20 });
  expect(await firedItems()).toEqual([1]);
  const task = { ...first.task, cycleId: `${first.task.taskId}.2` };
  await pool.query('insert into cycles (id, task_id, number, version_id, ended_at) values ($1, $2, 2, $3, now())', [
    task.cycleId,
    task.taskId,
    homes.task.versionId,
  ]);

  const { passed } = await tellCheckpoints(pool, { ...first, task, decidedAt: 30 });

  expect(passed).toEqual(['all']);
  expect(await firedItems()).toEqual([1]);
});

it('does not fire where nobody arrived', async () => {
  const { told, firedItems } = await aBatch('task', 2);
  await tellCheckpoints(pool, told(0, 'gone'));
  await tellCheckpoints(pool, told(1, 'gone'));

  expect(await firedItems()).toEqual([]);
});
