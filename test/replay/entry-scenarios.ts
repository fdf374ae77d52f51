// Scenarios of work that gets into pipelines by itself: a seeder, the dispatcher of events, and a trigger of a time.
import { expectStatus, reviewed } from '../support/project.js';
import { until } from '../support/until.js';
import type { Scenario } from './scenarios.js';
import { ended } from './scenarios.js';

/** Paused, resumed and stopped. */
const seeded: Scenario = async ({ project, own }) => {
  const pipelineId = await project.pipeline(reviewed());
  const source = { kind: 'generator', name: 'counting' };
  const made = await project.admin.post<{ id: string }>('/seeders', { pipelineId, keep: 3, source });
  expectStatus(made, 201);
  const { id } = made.body;
  const workflowId = `seeder:${id}`;
  const { temporal } = own.client;
  await until('its tasks', async () => (await project.admin.get(`/seeders/${id}`)).body['available'] === 3);
  for (const how of ['pause', 'resume', 'stop']) {
    expectStatus(await project.admin.post(`/seeders/${id}/${how}`), 200);
    if (how !== 'pause') continue;
    await until('its rest', async () => {
      const { raw } = await temporal.workflow.getHandle(workflowId).describe();
      return (raw.pendingActivities ?? []).length === 0;
    });
  }
  await until(
    'its end',
    async () => (await temporal.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING',
  );
  return [{ name: 'seeder.paused-resumed-stopped', workflowId }];
};

/** An event, and the end of who listened. */
const dispatched: Scenario = async (stage) => {
  const { project } = stage;
  const [source, target] = [await project.pipeline(reviewed()), await project.pipeline(reviewed())];
  const body = { kind: 'event', node: 'start', on: 'task.created', pipelineId: source };
  const made = await project.admin.post<{ id: string }>(`/pipelines/${target}/triggers`, body);
  expectStatus(made, 201);
  await project.task(source);
  const path = `/triggers/${made.body.id}`;
  await until('its firing', async () => (await project.admin.get(path)).body['fired'] === 1);
  expectStatus(await project.admin.send('DELETE', path), 204);
  await ended(stage, `dispatch:${source}`);
  return [{ name: 'dispatchEvents.heard-deleted', workflowId: `dispatch:${source}` }];
};

const firedAtTime: Scenario = async (stage) => {
  const { project, own } = stage;
  const pipeline = await project.pipeline(reviewed());
  const body = { kind: 'cron', node: 'annotate', every: 'PT1S', once: true };
  const made = await project.admin.post<{ id: string }>(`/pipelines/${pipeline}/triggers`, body);
  expectStatus(made, 201);
  const path = `/triggers/${made.body.id}`;
  await until('its firing', async () => (await project.admin.get(path)).body['state'] === 'spent');
  const schedule = own.client.temporal.schedule.getHandle(`trigger:${made.body.id}`);
  const { info } = await schedule.describe();
  const action = info.recentActions[0]?.action;
  if (!action) throw new Error('the schedule tells of no firing');
  await ended(stage, action.workflow.workflowId);
  return [{ name: 'fireTrigger.fired', workflowId: action.workflow.workflowId }];
};

export const entryScenarios: Scenario[] = [seeded, dispatched, firedAtTime];
