// One isolated stack for the whole run: real Postgres and Temporal, the product's worker and API, and the bare worker.
import { join } from 'node:path';
import pg from 'pg';
import type { TaskloomClient } from '../client.js';
import { connectTemporal, createClient } from '../client.js';
import { loadConfig } from '../config.js';
import type { TaskHome } from '../db/staging/tasks.js';
import { startProcess } from '../stack/process.js';
import type { Stack } from '../stack/stack.js';
import { bringUp } from '../stack/stack.js';
import type { Person } from './http.js';
import { call, closeConnections } from './http.js';
import { inLanes } from './figures.js';

export const bareQueue = 'bare';
/** As many as work at once at most; each lane has an annotator and a reviewer of its own. */
export const peopleOfAKind = 64;

export interface Scene {
  stack: Stack;
  client: TaskloomClient;
  pool: pg.Pool;
  home: Omit<TaskHome, 'batchId'>;
  adminKey: string;
  annotators: Person[];
  reviewers: Person[];
  bareWorkerPid: number;
  /** How many tasks the whole run has asked for so far: what Postgres must hold at its end. */
  asked: { tasks: number };
  stop(): Promise<void>;
}

const operatorKey = 'operator-key-of-the-benchmark';

const definition = {
  name: 'labeling, review, complete',
  nodes: [
    { key: 'start', kind: 'start' },
    {
      key: 'annotate',
      kind: 'labeling',
      form: { type: 'object', properties: { label: { type: 'string' } }, required: ['label'] },
    },
    { key: 'qa', kind: 'review', reviews: 'annotate' },
    { key: 'done', kind: 'end' },
  ],
  edges: [
    { from: 'start', to: 'annotate' },
    { from: 'annotate', on: 'complete', to: 'qa' },
    { from: 'qa', on: 'approve', to: 'done' },
  ],
};

export async function setScene(say: (line: string) => void, signal: AbortSignal): Promise<Scene> {
  const quiet = { TASKLOOM_LOG_LEVEL: 'warn', TASKLOOM_CONTINUE_AFTER_EVENTS: undefined };
  const stack = await bringUp({ namespace: 'taskloom-bench', operatorKey, env: quiet, say, signal });
  const endings = [stack.stop];
  const stop = async (): Promise<void> => {
    for (const end of endings.splice(0).toReversed()) await end();
  };
  try {
    const env = {
      TEMPORAL_ADDRESS: stack.temporal.address,
      TEMPORAL_NAMESPACE: stack.temporal.namespace,
      // The stack's own, empty one: the user's profile names some other Temporal.
      TEMPORAL_CONFIG_FILE: join(stack.dataDir, 'temporal-client.toml'),
    };
    const logFile = join(stack.dataDir, 'logs', 'bare-worker.log');
    const bareEnv = { ...env, TASKLOOM_TASK_QUEUE: bareQueue };
    const bare = await startProcess({
      entry: 'bench/bare-worker.ts',
      name: 'Bare worker',
      env: bareEnv,
      logFile,
      signal,
    });
    endings.push(bare.stop);
    const config = loadConfig(env);
    const connection = await connectTemporal(config.temporal);
    endings.push(() => connection.close());
    const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 8, application_name: 'bench' });
    // Postgres is restarted once, to load pg_stat_statements: idle connections may end.
    pool.on('error', () => undefined);
    endings.push(() => pool.end());
    endings.push(() => {
      closeConnections();
      return Promise.resolve();
    });
    const client = createClient(connection, { namespace: config.temporal.namespace, taskQueue: config.taskQueue });
    const asked = { tasks: 0 };
    return { stack, client, pool, bareWorkerPid: bare.pid, asked, ...(await people(stack.apiUrl, pool)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function people(
  apiUrl: string,
  pool: pg.Pool,
): Promise<Pick<Scene, 'home' | 'adminKey' | 'annotators' | 'reviewers'>> {
  const project = await call<{ id: string; apiKey: string }>(`${apiUrl}/v1/projects`, {
    key: operatorKey,
    body: { name: 'bench', admin: { email: 'admin@bench.example' } },
  });
  const adminKey = project.apiKey;
  const within = `${apiUrl}/v1/projects/${project.id}`;
  const member = async (role: string, number: number): Promise<Person> => {
    const email = `${role}-${String(number)}@bench.example`;
    const { id } = await call<{ id: string }>(`${within}/members`, { key: adminKey, body: { email, role } });
    const { apiKey } = await call<{ apiKey: string }>(`${within}/api-keys`, { key: adminKey, body: { memberId: id } });
    return { id, key: apiKey };
  };
  const annotators: Person[] = [];
  const reviewers: Person[] = [];
  await inLanes([...Array(peopleOfAKind).keys()], 8, async (number) => {
    annotators.push(await member('annotator', number));
    reviewers.push(await member('reviewer', number));
  });
  const pipeline = await call<{ id: string }>(`${within}/pipelines`, { key: adminKey, body: definition });
  const { rows } = await pool.query<{ id: string }>('select id from pipeline_versions where pipeline_id = $1', [
    pipeline.id,
  ]);
  const versionId = rows[0]?.id ?? '';
  return { home: { projectId: project.id, pipelineId: pipeline.id, versionId }, adminKey, annotators, reviewers };
}
