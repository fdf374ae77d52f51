// The worker of the bare workflow: a process of its own, with the limits of worker.ts and else the SDK's defaults (ADR 14, ADR 28).
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { loadConfig } from '../config.js';
import { announceReady, onStop } from '../runtime/process-life.js';

const config = loadConfig();
Runtime.install({ shutdownSignals: [] });

const worker = await Worker.create({
  connection: await NativeConnection.connect(config.temporal.connectionOptions),
  namespace: config.temporal.namespace,
  taskQueue: config.taskQueue,
  workflowsPath: fileURLToPath(new URL('bare-workflow.ts', import.meta.url)),
  maxCachedWorkflows: config.cachedWorkflows,
  maxConcurrentWorkflowTaskExecutions: 200,
  maxConcurrentLocalActivityExecutions: 200,
  stickyQueueScheduleToStartTimeout: '2 seconds',
});

const running = worker.run();
onStop(async () => {
  worker.shutdown();
  await running;
});
announceReady();
await running;
