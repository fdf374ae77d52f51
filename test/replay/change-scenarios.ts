// Scenarios of change while cycles run: settings that a cycle and its rework learn of, and cycles that go on in another version.
import { migrations } from '../support/migrations.js';
import { claimNext, expectStatus, judge, label1, reviewed } from '../support/project.js';
import { until } from '../support/until.js';
import type { Scenario, Stage } from './scenarios.js';
import { cycle, ended } from './scenarios.js';

async function changeLease({ project }: Stage, pipeline: string, lease: string): Promise<void> {
  const body = JSON.stringify({ settings: { lease } });
  const headers = { 'content-type': 'application/json' };
  const path = `/pipelines/${pipeline}/nodes/annotate/settings`;
  expectStatus(await project.admin.send('PATCH', path, { body, headers }), 200);
}

/** Changed while a review is held: the cycle learns by the rejection's record, and tells the rework. */
const settingsChanged: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  await changeLease(stage, pipeline, 'PT20M');
  await label1(stage.annotator, pipeline, taskId);
  const review = await claimNext(stage.reviewer, pipeline, { tasks: [taskId] });
  await changeLease(stage, pipeline, 'PT40M');
  expectStatus(await stage.reviewer.post(`/node-instances/${String(review?.nodeInstanceId)}/reject`, {}), 200);
  const child = `rework:${taskId}.1:annotate:2`;
  await until('the rework to know', async () => (await stage.own.client.stateOf(child))?.plan.settings === 2);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.settings-changed', workflowId: cycle(taskId) },
    { name: 'rework.settings-changed', workflowId: child },
  ];
};

/** More than a page; one of them is in rework. */
const migrated: Scenario = async (stage) => {
  const definition = reviewed();
  const pipeline = await stage.project.pipeline(definition);
  const tasks = Array.from({ length: 55 }, () => ({ data: { text: 'hello' } }));
  const { body } = await stage.project.admin.post<{ items: { id: string }[] }>(`/pipelines/${pipeline}/tasks`, {
    tasks,
  });
  const [taskId = ''] = body.items.map(({ id }) => id);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'reject');
  const { edges, ...rest } = definition;
  expectStatus(await stage.project.admin.put(`/pipelines/${pipeline}`, { ...rest, edges: [...edges].reverse() }), 200);
  const begun = await stage.project.admin.post<{ id: string }>(`/pipelines/${pipeline}/migrate`, {});
  expectStatus(begun, 201);
  await migrations.finished(stage.project.admin, begun.body.id);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  const workflowId = `migrate:${begun.body.id}`;
  await ended(stage, workflowId);
  return [
    { name: 'taskCycle.migrated-with-rework', workflowId: cycle(taskId) },
    { name: 'migrateCycles.two-pages', workflowId },
  ];
};

export const changeScenarios = [settingsChanged, migrated];
