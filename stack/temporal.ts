// Temporal for one stack: the server that TEMPORAL_ADDRESS names, else a development server of our own.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { adoptGuarded, hasGuard, startGuarded, untilUnguarded } from './guarded-server.js';
import type { GuardedServer, ServerCommand } from './guarded-server.js';
import { freePort, host } from './ports.js';
import { readyOrGone, restartable } from './restartable.js';
import type { OnExit } from './restartable.js';
import { commandOf } from './running-process.js';
import { startAgainWhilePassing } from './start-again.js';
import { findTemporalBinary } from './temporal-binary.js';
import { assertServes, clientEnvironment, clusterId } from './temporal-ready.js';
import { waitUntil } from './wait-until.js';

export interface TemporalOptions {
  /** Holds temporal.db; without it, history is kept in memory. */
  dataDir?: string | undefined;
  /** A server of the user's own; then nothing is started. */
  address?: string | undefined;
  namespace: string;
  port?: number | undefined;
  uiPort?: number | undefined;
  /** Name to type, e.g. `{ TaskloomCycle: 'Keyword' }`. */
  searchAttributes?: Record<string, string>;
  /** Key to JSON value. */
  dynamicConfig?: Record<string, string>;
  logFile?: string | undefined;
  say: (line: string) => void;
  onExit?: OnExit | undefined;
  signal?: AbortSignal | undefined;
}

export interface TemporalPart {
  readonly address: string;
  readonly namespace: string;
  /** Undefined for a server of the user's own, like `pid`. */
  readonly uiUrl: string | undefined;
  readonly pid: number | undefined;
  readonly description: string;
  /** The same for as long as this history exists. */
  identity(): Promise<string>;
  restart(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

interface Ports {
  port: number;
  uiPort: number;
}

const startsWithinMs = 30_000;
const stopsWithinMs = 15_000;

export async function provideTemporal(options: TemporalOptions): Promise<TemporalPart> {
  if (options.address !== undefined) return await givenTemporal(options.address, options.namespace);
  const { namespace, signal } = options;
  const dataDir = options.dataDir === undefined ? undefined : resolve(options.dataDir);
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const database = dataDir === undefined ? undefined : join(dataDir, 'temporal.db');
  const record = dataDir === undefined ? undefined : join(dataDir, 'temporal.json');
  const binary = await findTemporalBinary({ say: options.say, signal });
  let ports: Ports | undefined;

  async function start(): Promise<GuardedServer> {
    const left = await adoptable(record, database, signal);
    // Chosen once: whoever holds the address keeps it across restarts.
    const chosen = left ?? ports ?? { port: await freePort(options.port), uiPort: await freePort(options.uiPort) };
    const address = `${host}:${chosen.port}`;
    const command = serverCommand(binary.path, chosen, database, options);
    const server = left ? await adoptGuarded(left.pid, command) : await startGuarded(command);
    if (record !== undefined) writeFileSync(record, JSON.stringify({ ...chosen, pid: server.pid }));
    const ready = (either: AbortSignal): Promise<true> =>
      waitUntil(() => serves(address, options), {
        withinMs: startsWithinMs,
        what: 'for Temporal to answer',
        signal: either,
      });
    await readyOrGone(server, ready, signal, server.lastLog).catch((error: unknown) => {
      throw new Error(`Temporal did not start: ${error instanceof Error ? error.message : ''}`, { cause: error });
    });
    ports = chosen;
    return server;
  }

  const server = await restartable(() => startAgainWhilePassing(start, signal), options.onExit);
  const portOf = (name: keyof Ports): number => ports?.[name] ?? 0;
  return {
    namespace,
    get address() {
      return `${host}:${portOf('port')}`;
    },
    get uiUrl() {
      return `http://${host}:${portOf('uiPort')}`;
    },
    get pid() {
      return server.pid;
    },
    get description() {
      const where = options.dataDir === undefined ? 'in memory' : `history in ${join(options.dataDir, 'temporal.db')}`;
      return `ready on ${host}:${portOf('port')} (${binary.source}, ${where})`;
    },
    identity: () => clusterId({ address: `${host}:${portOf('port')}` }),
    restart: server.restart,
    kill: server.kill,
    stop: async () => {
      await server.stop();
      if (dataDir === undefined && options.logFile === undefined) rmSync(logFileOf(options), { force: true });
      if (record !== undefined) rmSync(record, { force: true });
    },
  };
}

async function serves(address: string, options: TemporalOptions): Promise<true> {
  await assertServes({ address }, options.namespace, Object.keys(options.searchAttributes ?? {}));
  return true;
}

function serverCommand(
  binary: string,
  ports: Ports,
  database: string | undefined,
  options: TemporalOptions,
): ServerCommand {
  const { dataDir, namespace, searchAttributes = {}, dynamicConfig = {} } = options;
  const pairs = (flag: string, values: Record<string, string>): string[] =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  // Write-ahead logging with synchronous=1 (NORMAL) survives the death of the process, at several times the speed.
  const storage = database === undefined ? [] : ['--db-filename', database];
  const speed = database === undefined ? {} : { journal_mode: 'wal', synchronous: '1' };
  const listening = ['--ip', host, '--port', String(ports.port), '--ui-port', String(ports.uiPort)];
  return {
    command: binary,
    args: [
      ...['server', 'start-dev', ...listening, '--namespace', namespace, ...storage, '--log-level', 'error'],
      ...pairs('--sqlite-pragma', speed),
      ...pairs('--search-attribute', searchAttributes),
      ...pairs('--dynamic-config-value', dynamicConfig),
    ],
    stopSignal: 'SIGTERM',
    logFile: logFileOf(options),
    cwd: dataDir ?? tmpdir(),
  };
}

function logFileOf({ logFile, dataDir }: TemporalOptions): string {
  if (logFile !== undefined) return logFile;
  return dataDir === undefined ? join(tmpdir(), `taskloom-temporal-${process.pid}.log`) : join(dataDir, 'temporal.log');
}

/** A server that an earlier run left behind on the same history, and that nobody is stopping. */
async function adoptable(
  record: string | undefined,
  database: string | undefined,
  signal?: AbortSignal,
): Promise<(Ports & { pid: number }) | undefined> {
  if (record === undefined || database === undefined || !existsSync(record)) return undefined;
  const left = parse(readFileSync(record, 'utf8'));
  if (left === undefined || !isServerOf(left.pid, database)) return undefined;
  if (!hasGuard(left.pid)) return left;
  await untilUnguarded(left.pid, stopsWithinMs, signal);
  return isServerOf(left.pid, database) ? left : undefined;
}

function isServerOf(pid: number, database: string): boolean {
  return commandOf(pid)?.includes(` --db-filename ${database} `) ?? false;
}

function parse(text: string): (Ports & { pid: number }) | undefined {
  try {
    return JSON.parse(text) as Ports & { pid: number };
  } catch {
    // Cut short by a kill: then the server it would have named was never ready.
    return undefined;
  }
}

async function givenTemporal(address: string, namespace: string): Promise<TemporalPart> {
  await assertServes(clientEnvironment(address), namespace).catch((cause: unknown) => {
    throw new Error(
      `Temporal: TEMPORAL_ADDRESS names ${address}, which does not serve the namespace "${namespace}": ` +
        `${cause instanceof Error ? cause.message : String(cause)}. Correct it, start that server or register the namespace, ` +
        'or unset TEMPORAL_ADDRESS to let Taskloom bring its own.',
      { cause },
    );
  });
  const nothing = (): Promise<void> => Promise.resolve();
  const description = `using ${address}, namespace ${namespace} (TEMPORAL_ADDRESS)`;
  const identity = (): Promise<string> => clusterId(clientEnvironment(address));
  const none = { uiUrl: undefined, pid: undefined };
  return { address, namespace, description, identity, ...none, restart: nothing, kill: nothing, stop: nothing };
}
