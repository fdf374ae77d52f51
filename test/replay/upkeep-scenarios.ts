// Scenarios of what looks after Postgres.
import type { housekeeping } from '../../workflows/index.js';
import { claimNext, expectStatus, reviewed } from '../support/project.js';
import { until } from '../support/until.js';
import type { Scenario } from './scenarios.js';
import { cycle, ended } from './scenarios.js';

/** Ten rounds, and on with a new history. */
const keptHouse: Scenario = async ({ own }) => {
  const { temporal } = own.client;
  const workflowId = 'housekeeping:recorded';
  const { firstExecutionRunId: runId } = await temporal.workflow.start<typeof housekeeping>('housekeeping', {
    workflowId,
    taskQueue: 'taskloom',
    args: [{ everyMs: 10 }],
  });
  const handle = temporal.workflow.getHandle(workflowId);
  await until('its next run', async () => (await handle.describe()).runId !== runId, 60_000);
  await handle.terminate('recorded');
  return [{ name: 'housekeeping.continued-as-new', workflowId, runId }];
};

/** Somebody leaves who holds work; their cycle hears of it. */
const memberLeft: Scenario = async (stage) => {
  const { project } = stage;
  const leaving = await project.person('annotator');
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  await claimNext(leaving, pipeline);
  expectStatus(await project.admin.send('DELETE', `/projects/${project.id}/members/${leaving.id}`), 204);
  await until('the work to be free', async () => (await claimNext(stage.other, pipeline)) !== undefined, 30_000);
  const workflowId = await until('the release to be listed', async () => {
    for await (const run of stage.own.client.temporal.workflow.list({ query: "WorkflowType = 'freeWork'" })) {
      if (run.workflowId.startsWith(`free:${leaving.id}:`)) return run.workflowId;
    }
    return undefined;
  });
  await ended(stage, workflowId);
  await stage.own.client.cancel(cycle(taskId));
  await ended(stage, cycle(taskId));
  return [
    { name: 'freeWork.two-passes', workflowId },
    { name: 'taskCycle.released-of-a-member', workflowId: cycle(taskId) },
  ];
};

export const upkeepScenarios: Scenario[] = [keptHouse, memberLeft];
