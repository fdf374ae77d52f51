// Scenarios of what looks after Postgres.
import type { housekeeping } from '../../workflows/index.js';
import { until } from '../support/until.js';
import type { Scenario } from './scenarios.js';

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

export const upkeepScenarios: Scenario[] = [keptHouse];
