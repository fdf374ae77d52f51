// Brings the whole of Taskloom up on one machine: Postgres and Temporal, then the workers, then the APIs.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, host } from './ports.js';
import { partsOf } from './parts.js';
import type { PartContext, Parts } from './parts.js';
import { providePostgres } from './postgres.js';
import type { PostgresPart } from './postgres.js';
import { startProcess } from './process.js';
import type { ProcessOptions, ProcessPart } from './process.js';
import { assertSamePair } from './store-pair.js';
import { provideTemporal } from './temporal.js';
import type { TemporalPart } from './temporal.js';

export interface StackOptions {
  /** Where everything is kept. Without it the stack is a throw-away one: fast, isolated, gone when stopped. */
  dataDir?: string | undefined;
  databaseUrl?: string | undefined;
  temporalAddress?: string | undefined;
  namespace: string;
  operatorKey: string;
  workers?: number;
  apis?: number;
  /** More for the environment of workers and APIs. */
  env?: Record<string, string | undefined>;
  searchAttributes?: Record<string, string>;
  dynamicConfig?: Record<string, string>;
  ports?: StackPorts;
  entries?: { worker: string; api: string };
  verbose?: boolean;
  say: (line: string) => void;
  /** Told of every part that ends although nobody asked it to. */
  onExit?: (exit: PartExit) => void;
  signal?: AbortSignal | undefined;
}

export interface StackPorts {
  postgres?: number | undefined;
  temporal?: number | undefined;
  ui?: number | undefined;
  api?: number | undefined;
}

export interface PartExit {
  name: string;
  how: string;
  restart(): Promise<void>;
}

export interface Stack {
  readonly databaseUrl: string;
  readonly postgres: PostgresPart;
  readonly temporal: TemporalPart;
  readonly workers: readonly ProcessPart[];
  readonly apis: readonly ProcessPart[];
  readonly apiUrl: string;
  readonly uiUrl: string | undefined;
  readonly dataDir: string;
  /** In reverse order; repeatable. */
  stop(): Promise<void>;
}

/** What workers load first (ADR 28). */
export const workerPreload = 'runtime/workflow-threads.mjs';

export async function bringUp(options: StackOptions): Promise<Stack> {
  const isThrowAway = options.dataDir === undefined;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'taskloom-'));
  const logs = join(dataDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const parts = partsOf({ logs, isThrowAway, say: options.say, onExit: options.onExit, signal: options.signal });
  const stop = async (): Promise<void> => {
    await parts.stop();
    if (isThrowAway) rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const { postgres, temporal } = await startServers(parts, options, dataDir);
    const env = childEnvironment(options, dataDir, postgres, temporal);
    const workers = await startWorkers(parts, options, env);
    const apis = await startApis(parts, options, env);
    return {
      get databaseUrl() {
        return postgres.url;
      },
      get apiUrl() {
        return apis[0]?.url ?? '';
      },
      uiUrl: temporal.uiUrl,
      postgres,
      temporal,
      workers,
      apis,
      dataDir,
      stop,
    };
  } catch (error) {
    await stop();
    throw parts.signal.aborted ? parts.signal.reason : error;
  }
}

async function startServers(parts: Parts, options: StackOptions, dataDir: string): Promise<Servers> {
  const startingPostgres = parts.start<PostgresPart>(
    'Postgres',
    (context) => ownPostgres(options, dataDir, context),
    described,
  );
  const startingTemporal = parts.start<TemporalPart>('Temporal', (context) => ownTemporal(options, context), described);
  const [postgres, temporal] = await allSettled([startingPostgres, startingTemporal]);
  if (options.dataDir !== undefined) await assertSamePair(dataDir, postgres, temporal);
  return { postgres, temporal };
}

async function startWorkers(parts: Parts, options: StackOptions, env: ChildEnvironment): Promise<ProcessPart[]> {
  const entry = options.entries?.worker ?? 'worker.ts';
  return await allSettled(
    numbered('Worker', options.workers ?? 1).map((name) =>
      startChild(parts, options, { name, entry, env, preload: workerPreload }),
    ),
  );
}

async function startApis(parts: Parts, options: StackOptions, env: ChildEnvironment): Promise<ProcessPart[]> {
  const entry = options.entries?.api ?? 'api/server.ts';
  const starting: Promise<ProcessPart>[] = [];
  for (const name of numbered('API', options.apis ?? 1)) {
    const wanted = starting.length === 0 ? options.ports?.api : undefined;
    starting.push(startApi(parts, options, { name, entry, env }, wanted));
  }
  return await allSettled(starting);
}

const portTries = 5;

/** Another start may take the port between our look at it and the API's; then the next free one serves as well. */
async function startApi(parts: Parts, options: StackOptions, child: ChildOf, wanted?: number): Promise<ProcessPart> {
  for (let tried = 1; ; tried += 1) {
    const address = { HOST: host, PORT: String(await freePort(wanted)) };
    try {
      return await startChild(parts, options, { ...child, env: { ...child.env, ...address } });
    } catch (error) {
      const isTaken = error instanceof Error && /EADDRINUSE/.test(error.message);
      if (!isTaken || tried === portTries) throw error;
    }
  }
}

function startChild(parts: Parts, options: StackOptions, child: ChildOf): Promise<ProcessPart> {
  return parts.start(
    child.name,
    (context) => startProcess({ ...context, ...child, verbose: options.verbose }),
    ({ url }) => (url === undefined ? 'ready' : `ready on ${url}`),
  );
}

type ChildEnvironment = Record<string, string | undefined>;
type ChildOf = Pick<ProcessOptions, 'name' | 'entry' | 'env' | 'preload'>;
interface Servers {
  postgres: PostgresPart;
  temporal: TemporalPart;
}

const described = ({ description }: { description: string }): string => description;

async function ownPostgres(options: StackOptions, dataDir: string, context: PartContext): Promise<PostgresPart> {
  const isThrowAway = options.dataDir === undefined;
  return await providePostgres({
    ...context,
    dataDir: join(dataDir, 'pg'),
    databaseUrl: options.databaseUrl,
    port: options.ports?.postgres,
    durable: !isThrowAway,
    removeWhenOrphaned: isThrowAway ? [dataDir] : undefined,
  });
}

async function ownTemporal(options: StackOptions, context: PartContext): Promise<TemporalPart> {
  const { dataDir, temporalAddress, namespace, ports = {}, searchAttributes = {}, dynamicConfig = {} } = options;
  const data = { dataDir, address: temporalAddress, namespace, searchAttributes, dynamicConfig };
  return await provideTemporal({ ...context, ...data, port: ports.temporal, uiPort: ports.ui });
}

function childEnvironment(
  options: StackOptions,
  dataDir: string,
  postgres: PostgresPart,
  temporal: TemporalPart,
): ChildEnvironment {
  // What the user's environment says of some other Temporal (keys, certificates, profiles) must not reach our own.
  const foreign = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
  const emptyProfile = join(dataDir, 'temporal-client.toml');
  writeFileSync(emptyProfile, '[profile.default]\n');
  const own = { ...Object.fromEntries(foreign.map((name) => [name, undefined])), TEMPORAL_CONFIG_FILE: emptyProfile };
  return {
    ...(options.temporalAddress === undefined ? own : {}),
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TASKLOOM_OPERATOR_KEY: options.operatorKey,
    ...options.env,
  };
}

function numbered(name: string, count: number): string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
}

/** Waits for all even if one fails, so that what did start is known and can be stopped. */
async function allSettled<T extends readonly unknown[] | []>(
  starting: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(starting);
  return await Promise.all(starting);
}
