// Health check of a worker's container: ends with 0 when a worker on this host asked Temporal for work lately.
import { hostname } from 'node:os';
import { connectTemporal } from '../client.js';
import { loadConfig } from '../config.js';

/** A poll that finds nothing lasts up to a minute. */
const latelyMs = 2 * 60_000;
const { temporal, taskQueue } = loadConfig();
const connection = await connectTemporal(temporal);
try {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: temporal.namespace,
    taskQueue: { name: taskQueue },
  });
  const isPolling = pollers.some(
    ({ identity, lastAccessTime }) =>
      identity?.endsWith(`@${hostname()}`) && Number(lastAccessTime?.seconds) * 1_000 > Date.now() - latelyMs,
  );
  process.exitCode = isPolling ? 0 : 1;
} finally {
  await connection.close();
}
