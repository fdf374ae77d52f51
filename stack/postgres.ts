// Postgres for one stack: the server that DATABASE_URL names, else one of our own on real binaries.
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { adoptGuarded, hasGuard, startGuarded, untilUnguarded } from './guarded-server.js';
import type { GuardedServer, ServerCommand } from './guarded-server.js';
import { freePort, host } from './ports.js';
import { initialise, isInitialised, passwordFile, passwordOf, serverOf, superuser } from './postgres-cluster.js';
import { placeFor } from './postgres-place.js';
import type { PostgresPlace } from './postgres-place.js';
import { readyOrGone, restartable } from './restartable.js';
import type { OnExit } from './restartable.js';
import { startAgainWhilePassing } from './start-again.js';
import { waitUntil } from './wait-until.js';

export interface PostgresOptions {
  dataDir: string;
  /** A server of the user's own; then nothing is started. */
  databaseUrl?: string | undefined;
  /** The port wanted; taken, it becomes the next free one. */
  port?: number | undefined;
  /** false: fast and forgetful, for throw-away stacks. */
  durable?: boolean;
  logFile?: string | undefined;
  /** Removed, with the data, even if we are killed. For throw-away stacks: durable data are never removed so. */
  removeWhenOrphaned?: string[] | undefined;
  say: (line: string) => void;
  onExit?: OnExit | undefined;
  signal?: AbortSignal | undefined;
}

export interface PostgresPart {
  readonly url: string;
  /** Undefined for a server of the user's own. */
  readonly pid: number | undefined;
  readonly description: string;
  /** The same for as long as these data exist. */
  identity(): Promise<string>;
  restart(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  destroy(): Promise<void>;
}

const database = 'taskloom';
const startsWithinMs = 60_000;
const stopsWithinMs = 15_000;

export async function providePostgres(options: PostgresOptions): Promise<PostgresPart> {
  if (options.databaseUrl !== undefined) return await givenPostgres(options.databaseUrl);
  const dataDir = resolve(options.dataDir);
  const place = placeFor(dataDir);
  const password = passwordOf(dataDir, place);
  if (!isInitialised(place)) {
    if (options.durable !== false) options.say('Postgres: making a new database …');
    await initialise(place, password, options.durable !== false);
  }
  let port: number | undefined;
  const urlOf = (name: string, at = port): string => `postgres://${superuser}:${password}@${host}:${at ?? 0}/${name}`;

  async function start(): Promise<GuardedServer> {
    const left = await adoptable(place, options.signal);
    // Chosen once: whoever holds the address keeps it across restarts.
    const chosen = left?.port ?? port ?? (await freePort(options.port));
    const command = serverCommand(place, chosen, { logFile: `${dataDir}.log`, ...options });
    const server = left ? await adoptGuarded(left.pid, command) : await startGuarded(command);
    const ready = (signal: AbortSignal): Promise<true> =>
      waitUntil(() => servesData(urlOf('postgres', chosen), place), {
        withinMs: startsWithinMs,
        what: 'for Postgres to answer',
        signal,
      });
    await readyOrGone(server, ready, options.signal, server.lastLog).catch((error: unknown) => {
      throw new Error(`Postgres did not start: ${messageOf(error)}`, { cause: error });
    });
    port = chosen;
    return server;
  }

  const server = await restartable(() => startAgainWhilePassing(start, options.signal), options.onExit);
  const version = await prepareDatabase(urlOf('postgres')).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return {
    get url() {
      return urlOf(database);
    },
    get pid() {
      return server.pid;
    },
    get description() {
      return `ready on ${host}:${port ?? 0} (embedded ${version}, data in ${options.dataDir})`;
    },
    identity: () => identityOf(urlOf(database)),
    restart: server.restart,
    kill: server.kill,
    stop: server.stop,
    destroy: async () => {
      await server.stop();
      for (const path of [...place.remains, passwordFile(dataDir)]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function serverCommand(
  place: PostgresPlace,
  port: number,
  options: PostgresOptions & { logFile?: string | undefined },
): ServerCommand {
  const settings = [
    `listen_addresses=${host}`,
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    'log_timezone=UTC',
    ...(options.durable === false ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
  const removals = options.durable === false ? options.removeWhenOrphaned : undefined;
  return {
    command: join(place.binaries, 'bin', 'postgres'),
    args: ['-D', place.data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    stopSignal: 'SIGINT',
    logFile: options.logFile ?? `${place.data}.log`,
    cwd: dirname(place.data),
    runAs: place.runAs,
    removeWhenOrphaned: removals && [...removals, ...place.remains],
  };
}

/** A server that an earlier run left behind and that nobody is stopping. */
async function adoptable(
  place: PostgresPlace,
  signal?: AbortSignal,
): Promise<{ pid: number; port: number } | undefined> {
  const left = serverOf(place);
  if (!left || !hasGuard(left.pid)) return left;
  await untilUnguarded(left.pid, stopsWithinMs, signal);
  return serverOf(place);
}

/** An answer from whatever has the port is not enough: it must be the server of exactly these data. */
async function servesData(url: string, place: PostgresPlace): Promise<true | undefined> {
  const rows = await ask(url, 'show data_directory');
  return rows[0]?.['data_directory'] === place.data ? true : undefined;
}

/** Makes sure that our database exists; answers with the server's version. */
async function prepareDatabase(url: string): Promise<string> {
  const found = await ask(url, `select from pg_database where datname = '${database}'`);
  if (found.length === 0) await ask(url, `create database ${database}`);
  const [row] = await ask(url, 'show server_version');
  return String(row?.['server_version']).split(' ')[0] ?? '';
}

async function identityOf(url: string): Promise<string> {
  const [row] = await ask(url, 'select system_identifier::text as identity from pg_control_system()');
  return String(row?.['identity']);
}

async function givenPostgres(url: string): Promise<PostgresPart> {
  const { hostname, port, pathname } = new URL(url);
  const where = `${hostname}${port === '' ? '' : `:${port}`}${pathname}`;
  await ask(url, 'select 1').catch((cause: unknown) => {
    throw new Error(
      `Postgres: DATABASE_URL names ${where}, which can't be used: ${messageOf(cause)}. Correct it, start that server, or ` +
        'unset DATABASE_URL to let Taskloom bring its own.',
      { cause },
    );
  });
  const nothing = (): Promise<void> => Promise.resolve();
  const description = `using ${where} (DATABASE_URL)`;
  const identity = (): Promise<string> => identityOf(url);
  return {
    url,
    pid: undefined,
    description,
    identity,
    restart: nothing,
    kill: nothing,
    stop: nothing,
    destroy: nothing,
  };
}

async function ask(url: string, query: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(query);
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
