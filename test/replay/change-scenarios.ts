// Scenarios of change while cycles run: settings that a cycle and its rework learn of, and cycles that go on in another version.
import { label, quick } from '../support/programs.js';
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
  await until('the rework to know', async () => {
    const asked = await stage.own.client.stateOf(child);
    return asked.kind === 'answered' && asked.answer.plan.settings === 2;
  });
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

async function change({ project }: Stage, pipeline: string, node: string, settings: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const path = `/pipelines/${pipeline}/nodes/${node}/settings`;
  expectStatus(await project.admin.send('PATCH', path, { body: JSON.stringify({ settings }), headers }), 200);
}

/** The submission's record tells of another model and prompt: the run begins with them. Then work is due, and people do it. */
const modelChanged: Scenario = async (stage) => {
  const { nodes, ...rest } = reviewed();
  const ask = { key: 'ask', kind: 'llm', form: label, model: { model: 'prudish', prompt: 'What is it?', ...quick } };
  const pipeline = await stage.project.pipeline({
    ...rest,
    nodes: nodes.map((node) => (node.key === 'qa' ? { ...node, reviews: 'ask' } : node)).concat(ask as never),
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', on: 'complete', to: 'ask' },
      { from: 'ask', to: 'qa' },
      { from: 'qa', on: 'approve', to: 'done' },
    ],
  });
  const taskId = await stage.project.task(pipeline);
  await change(stage, pipeline, 'ask', { model: { model: 'good', prompt: 'Which dog?' }, due: 'PT1H' });
  await change(stage, pipeline, 'qa', { due: 'PT2H', commentOnFail: true });
  await label1(stage.annotator, pipeline, taskId);
  const review = await until('the review', () => claimNext(stage.reviewer, pipeline, { tasks: [taskId] }));
  const verdict = { comment: 'not a dog' };
  expectStatus(await stage.reviewer.post(`/node-instances/${review.nodeInstanceId}/reject`, verdict), 200);
  const again = await until('the rework', () => claimNext(stage.other, pipeline, { tasks: [taskId] }));
  const values = { label: 'cat' };
  expectStatus(await stage.other.post(`/node-instances/${again.nodeInstanceId}/submit`, { values }), 200);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.settings-changed-model', workflowId: cycle(taskId) },
    { name: 'rework.settings-of-a-model', workflowId: `rework:${taskId}.1:ask:2` },
  ];
};

/** An external's time and a rerun's way are changed, taken back, and a new version takes over in between. */
const settingsThenMigrated: Scenario = async (stage) => {
  const { annotator, project } = stage;
  const { nodes, edges, ...rest } = reviewed();
  const send = { key: 'send', kind: 'external', form: label, timeout: 'PT1H' };
  const definition = {
    ...rest,
    nodes: nodes.map((node) => (node.key === 'qa' ? send : node)),
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', to: 'send' },
      { from: 'send', to: 'done' },
    ],
  };
  const pipeline = await project.pipeline(definition);
  const taskId = await project.task(pipeline);
  await change(stage, pipeline, 'annotate', { rerunOnStatusChange: false, due: 'PT1H' });
  const work = await label1(annotator, pipeline, taskId);
  await change(stage, pipeline, 'send', { timeout: 'PT2H' });
  expectStatus(await project.admin.put(`/pipelines/${pipeline}`, { ...definition, description: 'the next' }), 200);
  const begun = await project.admin.post<{ id: string }>(`/pipelines/${pipeline}/migrate`, {});
  await migrations.finished(project.admin, begun.body.id);
  expectStatus(await project.admin.post(`/node-instances/${work}/reopen`), 200);
  await label1(annotator, pipeline, taskId);
  await change(stage, pipeline, 'send', { timeout: 'PT1S' });
  await stage.own.client.cancel(cycle(taskId));
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.settings-migrated-kept', workflowId: cycle(taskId) }];
};

export const changeScenarios = [settingsChanged, migrated, modelChanged, settingsThenMigrated];
