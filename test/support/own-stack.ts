// A stack of a test's own, to be broken: parts can be killed, restarted, and reached through proxies.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessPart } from '../../stack/process.js';
import { startProcess } from '../../stack/process.js';
import type { Stack } from '../../stack/stack.js';
import { bringUp, workerPreload } from '../../stack/stack.js';
import type { TaskloomClient } from '../../client.js';
import { connectTemporal, createClient } from '../../client.js';
import pg from 'pg';
import { testNamespace, testOperatorKey } from './shared-stack.js';

export interface OwnStack {
  stack: Stack;
  pool: pg.Pool;
  client: TaskloomClient;
  operatorKey: string;
  /** A worker or API with an environment that differs. */
  process(entry: 'worker.ts' | 'api/server.ts', env: Record<string, string>): Promise<ProcessPart>;
  stop(): Promise<void>;
}

interface OwnStackOptions {
  /** Survives kills of the servers; slower. */
  durable?: boolean;
  workers?: number;
  apis?: number;
  env?: Record<string, string>;
}

export async function ownStack({
  durable = false,
  workers = 1,
  apis = 1,
  env = {},
}: OwnStackOptions = {}): Promise<OwnStack> {
  const dataDir = durable ? mkdtempSync(join(tmpdir(), 'taskloom-own-')) : undefined;
  const stack = await bringUp({
    namespace: testNamespace,
    operatorKey: testOperatorKey,
    workers,
    apis,
    env: { TASKLOOM_LOG_LEVEL: 'warn', ...env },
    say: () => undefined,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  const pool = new pg.Pool({ connectionString: stack.databaseUrl });
  pool.on('error', () => undefined);
  const connection = await connectTemporal({ connectionOptions: { address: stack.temporal.address } });
  const client = createClient(connection, { namespace: testNamespace, taskQueue: 'taskloom' });
  const more: ProcessPart[] = [];
  return {
    stack,
    pool,
    client,
    operatorKey: testOperatorKey,
    async process(entry, own) {
      const name = `${entry} ${String(more.length + 1)}`;
      const part = await startProcess({
        name,
        entry,
        ...(entry === 'worker.ts' ? { preload: workerPreload } : {}),
        logFile: join(stack.dataDir, 'logs', `${name.replaceAll(/\W/g, '-')}.log`),
        env: {
          DATABASE_URL: stack.databaseUrl,
          TEMPORAL_ADDRESS: stack.temporal.address,
          TEMPORAL_NAMESPACE: testNamespace,
          TASKLOOM_OPERATOR_KEY: testOperatorKey,
          TASKLOOM_LOG_LEVEL: 'warn',
          HOST: '127.0.0.1',
          PORT: '0',
          ...env,
          ...own,
        },
      });
      more.push(part);
      return part;
    },
    async stop() {
      if (process.env['KEEP_LOGS']) cpSync(join(stack.dataDir, 'logs'), process.env['KEEP_LOGS'], { recursive: true });
      for (const part of more) await part.stop();
      await pool.end();
      await connection.close();
      await stack.stop();
      if (dataDir === undefined) return;
      // For root the data are elsewhere: below /var/lib/taskloom.
      await stack.postgres.destroy();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A database URL that goes through another port. */
export function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.port = String(port);
  return through.toString();
}
