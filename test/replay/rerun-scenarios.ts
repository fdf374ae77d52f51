// Scenarios of work that is done again: recalled, reopened, revised; rework that is overtaken; cycles that are replaced and resumed.
import { cyclesOf } from '../../db/queries/cycles-to-start.js';
import { storeTasks } from '../../db/staging/tasks.js';
import { newTask } from '../../language/new-task.js';
import { claimNext, expectStatus, judge, label1, reviewed } from '../support/project.js';
import { label } from '../support/programs.js';
import type { Scenario } from './scenarios.js';
import { cycle, ended } from './scenarios.js';

const runAgain: Scenario = async (stage) => {
  const { admin } = stage.project;
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  const at = (visit: number, command: string): string =>
    `/node-instances/${taskId}.1.annotate.${String(visit)}/${command}`;
  await label1(stage.annotator, pipeline, taskId);
  expectStatus(await stage.annotator.post(at(1, 'recall')), 200);
  expectStatus(await stage.annotator.post(at(2, 'submit'), { values: { label: 'b' } }), 200);
  expectStatus(await admin.post(at(2, 'revise'), { values: { label: 'c' }, rerun: true }), 200);
  expectStatus(await stage.annotator.post(at(2, 'reopen'), { values: { label: 'd' } }), 200);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.recalled-revised-reopened', workflowId: cycle(taskId) }];
};

/** The node before is done anew while a child reworks what follows it. */
const overtaken: Scenario = async (stage) => {
  const { nodes, ...rest } = reviewed();
  const pipeline = await stage.project.pipeline({
    ...rest,
    nodes: [...nodes, { key: 'sort', kind: 'labeling', form: label }],
    edges: [
      { from: 'start', to: 'sort' },
      { from: 'sort', on: 'complete', to: 'annotate' },
      { from: 'annotate', on: 'complete', to: 'qa' },
      { from: 'qa', on: 'approve', to: 'done' },
    ],
  });
  const taskId = await stage.project.task(pipeline);
  const item = await claimNext(stage.other, pipeline);
  const values = { label: 'x' };
  expectStatus(await stage.other.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, { values }), 200);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'reject');
  expectStatus(await stage.other.post(`/node-instances/${taskId}.1.sort.1/reopen`, { values }), 200);
  await ended(stage, `rework:${taskId}.1:annotate:2`);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.rework-overtaken', workflowId: cycle(taskId) },
    { name: 'rework.overtaken', workflowId: `rework:${taskId}.1:annotate:2` },
  ];
};

const replaced: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  await label1(stage.annotator, pipeline, taskId);
  expectStatus(await stage.project.admin.post(`/tasks/${taskId}/rerun`, { mode: 'resume', replace: true }), 200);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, `cycle:${taskId}.2`);
  const { rows } = await stage.own.pool.query<{ id: string }>('select command_id as id from cycles where id = $1', [
    `${taskId}.2`,
  ]);
  return [
    { name: 'rerun.replaced', workflowId: `rerun:${taskId}:${String(rows[0]?.id)}` },
    { name: 'taskCycle.resumed', workflowId: `cycle:${taskId}.2` },
  ];
};

/** Reopened with its answer, then revised, and what comes after it run again. */
const answeredAnew: Scenario = async (stage) => {
  const { admin } = stage.project;
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  const reopened = await stage.annotator.post(`/node-instances/${taskId}.1.annotate.1/reopen`, {
    values: { label: 'b' },
  });
  expectStatus(reopened, 200);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, `cycle:${taskId}.2`);
  const revised = { values: { label: 'c' }, rerun: true };
  expectStatus(await admin.post(`/node-instances/${taskId}.2.annotate.2/revise`, revised), 200);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, `cycle:${taskId}.3`);
  const { rows } = await stage.own.pool.query<{ id: string }>(
    'select command_id as id from cycles where task_id = $1 and number > 1 order by number',
    [taskId],
  );
  return [
    { name: 'rerun.reopened-with-answer', workflowId: `rerun:${taskId}:${String(rows[0]?.id)}` },
    { name: 'taskCycle.handed-in-first', workflowId: `cycle:${taskId}.2` },
    { name: 'taskCommand.revised', workflowId: `command:${taskId}:${String(rows[1]?.id)}` },
    { name: 'taskCycle.after-revision', workflowId: `cycle:${taskId}.3` },
  ];
};

/** Replaced while it is in rework, which is told too. */
const replacedInRework: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'reject');
  const again = { mode: 'restart', replace: true };
  expectStatus(await stage.project.admin.post(`/tasks/${taskId}/rerun`, again), 200);
  await ended(stage, `rework:${taskId}.1:annotate:2`);
  return [
    { name: 'taskCycle.replaced', workflowId: cycle(taskId) },
    { name: 'rework.replaced', workflowId: `rework:${taskId}.1:annotate:2` },
  ];
};

/** Its start was on its way when the next cycle was opened. */
const givenUp: Scenario = async ({ own, project, ...stage }) => {
  const pipelineId = await project.pipeline(reviewed());
  const { rows } = await own.pool.query<{ id: string }>('select id from pipeline_versions where pipeline_id = $1', [
    pipelineId,
  ]);
  const taskId = `tsk_${pipelineId}`;
  const home = { projectId: project.id, pipelineId, versionId: rows[0]?.id ?? '', batchId: null };
  await storeTasks(own.pool, home, [newTask(taskId, { data: { text: 'a' } }, 0)]);
  const [first] = await cyclesOf(own.pool, [taskId]);
  expectStatus(await project.admin.post(`/tasks/${taskId}/rerun`, { mode: 'restart', replace: true }), 200);
  if (first) await own.client.startCycle(first);
  await ended({ own, project, ...stage }, cycle(taskId));
  return [{ name: 'taskCycle.given-up', workflowId: cycle(taskId) }];
};

export const rerunScenarios: Scenario[] = [runAgain, overtaken, replaced, replacedInRework, givenUp, answeredAnew];
