// Scenarios of pauses: of a pipeline under a lease whose timer fires meanwhile, and of a task with its rework.
import { claimNext, expectStatus, judge, label1, reviewed } from '../support/project.js';
import { until } from '../support/until.js';
import type { Scenario, Stage } from './scenarios.js';
import { cycle, ended } from './scenarios.js';

const turn = async ({ project }: Stage, path: string): Promise<void> => {
  expectStatus(await project.admin.post(path), 200);
};

const isParked = async ({ own }: Stage, taskId: string): Promise<boolean> => {
  const text = 'select 1 from streams where id = $1 and parked_in is not null';
  return (await own.pool.query(text, [cycle(taskId)])).rowCount === 1;
};

/** The timer asks, and lets go; after the resume it takes the lease. */
const pausedPipeline: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed({ lease: 'PT1S' }));
  const taskId = await stage.project.task(pipeline);
  await claimNext(stage.annotator, pipeline);
  await turn(stage, `/pipelines/${pipeline}/pause`);
  await until('the cycle to park', () => isParked(stage, taskId));
  await turn(stage, `/pipelines/${pipeline}/resume`);
  await until('the lease to lapse', async () => (await claimNext(stage.other, pipeline)) !== undefined);
  const work = `/node-instances/${taskId}.1.annotate.1`;
  await turn(stage, `/pipelines/${pipeline}/pause`);
  expectStatus(await stage.other.post(`${work}/submit`, { values: { label: 'x' } }), 200);
  await turn(stage, `/pipelines/${pipeline}/resume`);
  await until('the cycle to wake', async () => !(await isParked(stage, taskId)));
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  const { rows } = await stage.own.pool.query<{ turns: number }>(
    'select pause_turns as turns from pipelines where id = $1',
    [pipeline],
  );
  return [
    { name: 'taskCycle.paused-resumed', workflowId: cycle(taskId) },
    { name: 'resumePipeline.woken', workflowId: `resume:${pipeline}:${String(rows[0]?.turns)}` },
  ];
};

const pausedTask: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed({ retain: 'PT1S' }));
  const taskId = await stage.project.task(pipeline);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'reject');
  await turn(stage, `/tasks/${taskId}/pause`);
  await until('the child to hear of it', async () => {
    const reply = await stage.annotator.post(`/node-instances/${taskId}.1.annotate.2/claim`);
    return reply.body['code'] === 'TASK_PAUSED';
  });
  await turn(stage, `/tasks/${taskId}/resume`);
  await until('the reservation to end', async () => (await claimNext(stage.other, pipeline)) !== undefined);
  const work = `/node-instances/${taskId}.1.annotate.2`;
  expectStatus(await stage.other.post(`${work}/submit`, { values: { label: 'y' } }), 200);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.task-paused', workflowId: cycle(taskId) },
    { name: 'rework.task-paused', workflowId: `rework:${taskId}.1:annotate:2` },
  ];
};

/** Hard: who holds work hands nothing in. Then its cycle is cancelled while it waits for the end of the pause. */
const hardPaused: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed({ lease: 'PT1S' }));
  const taskId = await stage.project.task(pipeline);
  await claimNext(stage.annotator, pipeline);
  expectStatus(await stage.project.admin.post(`/pipelines/${pipeline}/pause`, { mode: 'hard' }), 200);
  const refused = await stage.annotator.post(`/node-instances/${taskId}.1.annotate.1/submit`, {
    values: { label: 'x' },
  });
  expectStatus(refused, 409);
  await until('the cycle to park', () => isParked(stage, taskId));
  await stage.own.client.cancel(cycle(taskId));
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.hard-paused-cancelled', workflowId: cycle(taskId) }];
};

export const pauseScenarios: Scenario[] = [pausedPipeline, pausedTask, hardPaused];
