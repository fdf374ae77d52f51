// Mounts the HTTP API. Holds no rules: routes read the request, ask, and answer.
import express from 'express';
import type { Express } from 'express';
import { authenticate } from './middleware/authenticate.js';
import { createForms } from './forms.js';
import { problemHandler, Refusal } from './problem.js';
import { batchRoutes } from './routes/batches.js';
import { callbackRoutes, callbackTokenRoutes } from './routes/callbacks.js';
import { claimNextRoutes } from './routes/claim-next.js';
import { executionRoutes } from './routes/executions.js';
import { exportRoutes } from './routes/exports.js';
import { diffRoutes } from './routes/diff.js';
import { importRoutes } from './routes/imports.js';
import { meRoutes } from './routes/me.js';
import { nodeInstanceRoutes } from './routes/node-instances.js';
import { migrationRoutes } from './routes/migrations.js';
import { nodeSettingsRoutes } from './routes/node-settings.js';
import { pipelineRoutes } from './routes/pipelines.js';
import { pauseRoutes } from './routes/pauses.js';
import { projectRoutes } from './routes/projects.js';
import { taskEditRoutes } from './routes/task-edits.js';
import { threadRoutes } from './routes/threads.js';
import { taskRoutes } from './routes/tasks.js';
import { healthRoutes } from './routes/health.js';
import type { Services } from './services.js';

const bodyLimit = '1mb';
const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml'];

export function createApp(services: Services): Express {
  const app = express();
  const forms = createForms(services.pool);
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(healthRoutes(services));
  const v1 = express.Router();
  v1.use('/callbacks', express.json({ limit: bodyLimit, strict: true }));
  v1.use(callbackRoutes(services, forms));
  v1.use(authenticate(services));
  v1.use(express.json({ limit: bodyLimit, strict: true }));
  v1.use(express.text({ limit: bodyLimit, type: yamlTypes }));
  v1.use(projectRoutes(services));
  v1.use(pipelineRoutes(services));
  v1.use(nodeSettingsRoutes(services));
  v1.use(migrationRoutes(services));
  v1.use(taskRoutes(services, forms));
  v1.use(taskEditRoutes(services));
  v1.use(pauseRoutes(services));
  v1.use(importRoutes(services));
  v1.use(exportRoutes(services));
  v1.use(batchRoutes(services));
  v1.use(claimNextRoutes(services, forms));
  v1.use(nodeInstanceRoutes(services, forms));
  v1.use(callbackTokenRoutes(services));
  v1.use(executionRoutes(services));
  v1.use(diffRoutes(services, forms));
  v1.use(threadRoutes(services));
  v1.use(meRoutes(services, forms));
  app.use('/v1', v1);
  app.use(() => {
    throw new Refusal('NOT_FOUND');
  });
  app.use(problemHandler(services.log));
  return app;
}
