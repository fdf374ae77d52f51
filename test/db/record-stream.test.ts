// The fence of the record: what time has overtaken changes nothing, what does not follow on directly asks for the whole state.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { execute } from '../../core/decide.js';
import { openCycle } from '../../core/open.js';
import type { Progress } from '../../core/advance.js';
import { compilePlan } from '../../core/plan.js';
import { recordOf } from '../../core/record.js';
import type { StreamState } from '../../core/state.js';
import { recordStream } from '../../db/writes/record-stream.js';
import { openPool } from '../support/open.js';
import { newProject, reviewed } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const plan = compilePlan(reviewed() as never);
let home: { projectId: string; pipelineId: string; versionId: string };

beforeAll(async () => {
  const project = await newProject(apiUrl, operatorKey);
  const pipelineId = await project.pipeline(reviewed());
  const { rows } = await pool.query<{ id: string }>('select id from pipeline_versions where pipeline_id = $1', [
    pipelineId,
  ]);
  home = { projectId: project.id, pipelineId, versionId: rows[0]?.id ?? '' };
});

/** A stored task whose cycle is driven by hand. */
async function aCycle(): Promise<Progress & { instance: string }> {
  const taskId = `tsk_${randomUUID()}`;
  const task = { ...home, taskId, cycleId: `${taskId}.1` };
  await pool.query(
    `insert into tasks (id, project_id, pipeline_id, data, data_hash, data_title, cycle_id) values ($1, $2, $3, '{}', 'h', 't', $4)`,
    [taskId, home.projectId, home.pipelineId, task.cycleId],
  );
  await pool.query('insert into cycles (id, task_id, number, version_id) values ($1, $2, 1, $3)', [
    task.cycleId,
    taskId,
    home.versionId,
  ]);
  return { ...openCycle(task, plan, 1_000), instance: `${task.cycleId}.annotate.1` };
}

function after(state: StreamState, instance: string, type: 'claim' | 'release', at: number, who = 'ann'): Progress {
  const executed = execute(state, { id: randomUUID(), type, instance, actor: { id: who }, receivedAt: at }, at);
  if (!executed.ok) throw new Error(executed.rejection.code);
  return executed.value;
}

const record = (
  before: StreamState | undefined,
  step: Progress,
  sequence: number,
  decidedAt: number,
  runId = 'run-1',
) => recordStream(pool, recordOf(before, step.state, step.events, [], { runId, sequence, decidedAt }));

const rowOf = async (id: string) =>
  (
    await pool.query<{ status: string; assignee: string | null }>(
      'select status, assignee from node_instances where id = $1',
      [id],
    )
  ).rows[0];

const timelineOf = async (taskId: string) =>
  (
    await pool.query<{ type: string; superseded: boolean }>(
      'select type, superseded_at is not null as superseded from timeline where task_id = $1 order by id',
      [taskId],
    )
  ).rows;

describe('a record', () => {
  it('written twice has one effect', async () => {
    const opened = await aCycle();
    const claimed = after(opened.state, opened.instance, 'claim', 2_000);

    expect(await record(undefined, opened, 1, 1_000)).toBe('recorded');
    expect(await record(opened.state, claimed, 2, 2_000)).toBe('recorded');
    expect(await record(opened.state, claimed, 2, 2_000)).toBe('recorded');

    expect((await timelineOf(opened.state.task.taskId)).map(({ type }) => type)).toEqual(['opened', 'claimed']);
  });

  it('of a stalled worker that comes late changes nothing', async () => {
    const opened = await aCycle();
    const { taskId } = opened.state.task;
    const stalled = after(opened.state, opened.instance, 'claim', 2_000, 'stalled');
    const claimed = after(opened.state, opened.instance, 'claim', 3_000, 'winner');
    await record(undefined, opened, 1, 1_000);
    await record(opened.state, claimed, 2, 3_000);
    const before = await timelineOf(taskId);

    expect(await record(opened.state, stalled, 2, 2_000)).toBe('late');

    expect(await rowOf(opened.instance)).toEqual({ status: 'claimed', assignee: 'winner' });
    expect(await timelineOf(taskId)).toEqual(before);
  });

  it('that decides anew what a lost workflow task had recorded replaces it, with the whole state', async () => {
    const opened = await aCycle();
    const ghost = after(opened.state, opened.instance, 'claim', 2_000, 'ghost');
    const claimed = after(opened.state, opened.instance, 'claim', 3_000, 'real');
    await record(undefined, opened, 1, 1_000);
    await record(opened.state, ghost, 2, 2_000);

    expect(await record(opened.state, claimed, 2, 3_000)).toBe('needsWhole');
    expect(await record(undefined, claimed, 2, 3_000)).toBe('recorded');

    expect(await rowOf(opened.instance)).toEqual({ status: 'claimed', assignee: 'real' });
    expect(await timelineOf(opened.state.task.taskId)).toEqual([
      { type: 'opened', superseded: false },
      { type: 'claimed', superseded: true },
      { type: 'claimed', superseded: false },
    ]);
  });

  it('of a run that was reset takes its stream back', async () => {
    const opened = await aCycle();
    const claimed = after(opened.state, opened.instance, 'claim', 2_000);
    const released = after(claimed.state, opened.instance, 'release', 3_000);
    await record(undefined, opened, 1, 1_000);
    await record(opened.state, claimed, 2, 2_000);
    await record(claimed.state, released, 3, 3_000);

    const again = after(opened.state, opened.instance, 'claim', 4_000, 'other');
    expect(await record(opened.state, again, 2, 4_000, 'run-2')).toBe('needsWhole');
    expect(await record(undefined, again, 2, 4_000, 'run-2')).toBe('recorded');

    expect(await rowOf(opened.instance)).toEqual({ status: 'claimed', assignee: 'other' });
    expect((await timelineOf(opened.state.task.taskId)).filter(({ superseded }) => !superseded)).toHaveLength(2);
  });

  it('of a task that was deleted is left out', async () => {
    const opened = await aCycle();
    await pool.query('delete from tasks where id = $1', [opened.state.task.taskId]);

    expect(await record(undefined, opened, 1, 1_000)).toBe('gone');
  });
});
