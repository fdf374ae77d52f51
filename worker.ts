// Composition root of the worker process: migrates, connects, registers workflows and activities. No logic of its own.
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createCheckpointActivities } from './activities/checkpoints.js';
import { createExecuteActivities } from './activities/execute.js';
import { createFreeWorkActivities } from './activities/free-work.js';
import { createHousekeepingActivities } from './activities/housekeeping.js';
import { createMigrateActivities } from './activities/migrate-cycles.js';
import { createPauseActivities } from './activities/pauses.js';
import { createReconcileActivities } from './activities/reconcile.js';
import { createSettingsActivities } from './activities/live-settings.js';
import { createRecordActivities } from './activities/record.js';
import { createRerunActivities } from './activities/rerun.js';
import { createSeedActivities } from './activities/seed.js';
import { createStartActivities } from './activities/start-cycles.js';
import { createTriggerActivities } from './activities/triggers.js';
import { loadConfig } from './config.js';
import { createVersions } from './language/versions.js';
import { openConnections } from './runtime/connections.js';
import { prepareNamespace } from './runtime/prepare-namespace.js';
import { announceReady, onStop } from './runtime/process-life.js';
import { workflowBundle } from './runtime/workflow-bundle.js';
import { reconcileOnReturn } from './runtime/reconcile-on-return.js';

const config = loadConfig();
const log = pino({ name: 'worker', level: config.logLevel });
Runtime.install({ shutdownSignals: [] });

const connections = await openConnections(config, log);
const { client } = connections;
const { pool } = connections.database;
await prepareNamespace(connections.temporal, config.temporal.namespace);

const worker = await Worker.create({
  connection: await NativeConnection.connect(config.temporal.connectionOptions),
  namespace: config.temporal.namespace,
  taskQueue: config.taskQueue,
  ...workflowBundle,
  activities: {
    ...createRecordActivities(pool),
    ...createSettingsActivities(pool),
    ...createStartActivities(pool, client),
    ...createReconcileActivities(pool, client),
    ...createHousekeepingActivities(pool),
    ...createFreeWorkActivities(pool, client),
    ...createMigrateActivities(pool, client),
    ...createSeedActivities(pool, client, config.calls),
    ...createTriggerActivities(pool, client),
    ...createPauseActivities(pool, client),
    ...createRerunActivities(pool, client),
    ...createCheckpointActivities(pool, client),
    ...createExecuteActivities({
      pool,
      versions: createVersions(pool),
      starter: client,
      providers: config.models,
      calls: config.calls,
    }),
  },
  maxCachedWorkflows: config.cachedWorkflows,
  // While Postgres is away a record holds its workflow task for up to 3 s: unrelated cycles need slots of their own.
  maxConcurrentWorkflowTaskExecutions: 200,
  maxConcurrentLocalActivityExecutions: 200,
  // Seeders and dispatchers keep one each for as long as they are in use, and mostly sleep: programs and records need theirs.
  maxConcurrentActivityTaskExecutions: 500,
  // After a worker was killed its cycles wait this long for it before another one takes them.
  stickyQueueScheduleToStartTimeout: '2 seconds',
});

await client.startHousekeeping();
const running = worker.run();
const watch = reconcileOnReturn(client, connections.temporal, log);
onStop(async () => {
  watch.stop();
  worker.shutdown();
  await running;
  await connections.close();
});
announceReady();
await running;
