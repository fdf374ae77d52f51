// What housekeeping takes away, and what it must leave: by its workflow on a real server, a round every 50 ms, two rows at a time.
// The cases wait for the same rounds, side by side: each looks at rows of its own.
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { storePayload } from '../../db/staging/payloads.js';
import type { housekeeping } from '../../workflows/index.js';
import { openClient, openPool } from '../support/open.js';
import type { TestProject } from '../support/project.js';
import { expectStatus, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const client = await openClient();
vi.setConfig({ maxConcurrency: 6 });
const workflowId = `housekeeping:${randomUUID()}`;

let project: TestProject;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  await client.temporal.workflow.start<typeof housekeeping>('housekeeping', {
    workflowId,
    taskQueue: 'taskloom',
    args: [{ everyMs: 50, batch: 2 }],
  });
});

afterAll(async () => {
  await client.temporal.workflow.getHandle(workflowId).terminate();
});

const ageTo = (days: number): string => `now() - interval '${String(days)} days'`;
const countOf = async (from: string, ...values: unknown[]): Promise<number> =>
  (await pool.query<{ n: number }>(`select count(*)::int as n from ${from}`, values)).rows[0]?.n ?? 0;

/** Rounds that were over after the call: what had to go has gone, also what one round marks and the next one takes. */
async function threeRounds(): Promise<void> {
  const rounds = async (): Promise<number> => {
    const history = await client.temporal.workflow.getHandle(workflowId).fetchHistory();
    return (history.events ?? []).filter((event) => event.timerFiredEventAttributes).length;
  };
  const before = await rounds();
  await until('three rounds', async () => {
    const now = await rounds();
    // Its next run has a history of its own.
    return now < before ? now > 3 : now > before + 3;
  });
}

describe.concurrent('payloads', () => {
  const addPayload = async (days: number): Promise<string> => {
    const hash = createHash('sha256').update(randomUUID()).digest('hex');
    const text = `insert into payloads (project_id, hash, values, created_at) values ($1, $2, '{}', ${ageTo(days)})`;
    await pool.query(text, [project.id, hash]);
    return hash;
  };
  const isThere = async (hash: string): Promise<boolean> =>
    (await countOf('payloads where project_id = $1 and hash = $2', project.id, hash)) === 1;

  it('go a week after they came, where nothing refers to them', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const label = randomUUID();
    await label1(await project.person('annotator'), pipeline, taskId, label);
    const { rows } = await pool.query<{ hash: string }>(
      'select payload_hash as hash from submissions where task_id = $1',
      [taskId],
    );
    const handedIn = String(rows[0]?.hash);
    await pool.query(`update payloads set created_at = ${ageTo(8)} where hash = $1`, [handedIn]);
    const [suggested, young] = [await addPayload(8), await addPayload(6)];
    const orphans = await Promise.all([1, 2, 3, 4, 5].map(() => addPayload(8)));
    await pool.query(
      `insert into executions (id, attempt, project_id, pipeline_id, task_id, instance_id, node, kind, actor, status, started_at, result)
       values ($1, 1, $2, $3, $4, 'i', 'n', 'llm', 'model:x', 'succeeded', now(), $5)`,
      [randomUUID(), project.id, pipeline, taskId, { submission: { id: 's', hash: suggested } }],
    );

    await until('the orphans to go', async () => !(await Promise.all(orphans.map(isThere))).includes(true));
    await threeRounds();

    expect(await Promise.all([handedIn, suggested, young].map(isThere))).toEqual([true, true, true]);
    expect(JSON.stringify((await project.admin.get(`/tasks/${taskId}/nodes`)).body)).toContain(label);
  });

  it('that are handed in again are as good as new', async () => {
    const hash = await addPayload(8);
    await pool.query('update payloads set orphaned_at = now() where hash = $1', [hash]);
    // As the API does it, amid rounds: before it is taken, or after.
    await storePayload(pool, project.id, hash, {});
    await threeRounds();

    expect(await isThere(hash)).toBe(true);
    expect(await countOf(`payloads where hash = $1 and orphaned_at is null and created_at > ${ageTo(1)}`, hash)).toBe(
      1,
    );
  });
});

describe.concurrent('what has served its time', () => {
  it('goes: keys after 30 days, reservations after one', async () => {
    const addKey = (key: string, days: number) =>
      pool.query(
        `insert into idempotency_keys (project_id, key, member_id, request_hash, update_id, created_at)
         values ($1, $2, 'm', 'h', 'u', ${ageTo(days)})`,
        [project.id, key],
      );
    for (const number of [1, 2, 3, 4, 5]) await addKey(`old ${String(number)}`, 31);
    await addKey('known', 29);
    const reserve = (id: string, days: number) =>
      pool.query(
        `insert into reservations (instance_id, member_id, project_id, expires_at) values ($1, 'm', $2, ${ageTo(days)})`,
        [id, project.id],
      );
    await reserve('old', 2);
    await reserve('late', 0.5);

    await threeRounds();

    const { rows } = await pool.query<{ name: string }>(
      `select key as name from idempotency_keys where project_id = $1 and member_id = 'm'
       union all select instance_id from reservations where project_id = $1 order by name`,
      [project.id],
    );
    expect(rows.map(({ name }) => name)).toEqual(['known', 'late']);
  });

  it('goes: migrations 30 days after their end, with what came of their cycles', async () => {
    const pipeline = await project.pipeline(reviewed());
    const add = async (id: string, endedAt: string) => {
      await pool.query(
        `insert into pipeline_migrations (id, project_id, pipeline_id, to_version, dry_run, status, started_by, ended_at)
         values ($1, $2, $3, 1, true, 'finished', 'm', ${endedAt})`,
        [`${id} ${pipeline}`, project.id, pipeline],
      );
      await pool.query(
        `insert into migrated_cycles (migration_id, cycle_id, task_id, outcome) select $1, 'c' || n, 't', 'movable' from generate_series(1, 5) as n`,
        [`${id} ${pipeline}`],
      );
    };
    await add('old', ageTo(31));
    await add('late', ageTo(29));
    await add('running', 'null');

    await threeRounds();

    const { rows } = await pool.query<{ id: string; cycles: number }>(
      `select split_part(m.id, ' ', 1) as id, (select count(*)::int from migrated_cycles c where c.migration_id = m.id) as cycles
         from pipeline_migrations m where m.pipeline_id = $1 order by 1`,
      [pipeline],
    );
    expect(rows).toEqual([
      { id: 'late', cycles: 5 },
      { id: 'running', cycles: 5 },
    ]);
  });

  it('goes: the outbox after a week, but for what a trigger has not read yet', async () => {
    const [read, unread, unheard] = await Promise.all([1, 2, 3].map(() => project.pipeline(reviewed())));
    const target = await project.pipeline(reviewed());
    for (const pipelineId of [read, unread]) {
      const body = { kind: 'event', node: 'start', on: 'task.created', pipelineId };
      expectStatus(await project.admin.post(`/pipelines/${target}/triggers`, body), 201);
    }
    await pool.query('update outbox_cursors set transaction = 0 where pipeline_id = $1', [unread]);
    const add = (pipelineId: string | undefined, transaction: number) =>
      pool.query(
        `insert into outbox (project_id, pipeline_id, task_id, stream_id, sequence, decided_at, types, recorded_at, transaction, was, status)
         values ($1, $2, 't', 's', 2, 1, '{}', ${ageTo(8)}, $3, 'pending', 'pending')`,
        [project.id, pipelineId, transaction],
      );
    // A dispatcher that is at work would read on: what it can't read yet stands for what it has not.
    await Promise.all([add(read, 1), add(unread, Number.MAX_SAFE_INTEGER), add(unheard, 1)]);

    await threeRounds();

    const left = (pipelineId: string | undefined) => countOf('outbox where pipeline_id = $1', pipelineId);
    expect([await left(read), await left(unread), await left(unheard)]).toEqual([0, 1, 0]);
  });

  it('goes: callbacks of ended work after 30 days', async () => {
    const pipeline = await project.pipeline(reviewed());
    const [open, ended] = [await project.task(pipeline), await project.task(pipeline)];
    await client.cancel(`cycle:${ended}.1`);
    const isOver = `streams where id = $1 and status <> 'open'`;
    await until('its end', async () => (await countOf(isOver, `cycle:${ended}.1`)) === 1);
    const add = (hash: string, taskId: string, days: number) =>
      pool.query(
        `insert into callbacks (hash, instance_id, member_id, project_id, created_at) values ($1, $2, 'm', $3, ${ageTo(days)})`,
        [`${hash}:${project.id}`, `${taskId}.1.annotate.1`, project.id],
      );
    await Promise.all([add('open', open, 31), add('ended', ended, 31), add('lately', ended, 29)]);

    await threeRounds();

    const { rows } = await pool.query<{ hash: string }>('select hash from callbacks where project_id = $1 order by 1', [
      project.id,
    ]);
    expect(rows.map(({ hash }) => hash.split(':')[0])).toEqual(['lately', 'open']);
  });
});
