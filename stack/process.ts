// Runs one of our own entries (a worker, an API) as a child process and waits until it says that it is ready.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openLog } from './log-file.js';
import { readyOrGone, restartable } from './restartable.js';
import type { OnExit, Running } from './restartable.js';
import { sendSignal } from './running-process.js';

export interface ProcessOptions {
  /** Relative to the repository, e.g. `worker.ts`. */
  entry: string;
  /** Loaded before the entry, and into each of its threads. */
  preload?: string | undefined;
  name: string;
  /** Everything it shall know; undefined takes a variable away from it. */
  env: Record<string, string | undefined>;
  logFile: string;
  /** Its output goes to ours instead of the log file. */
  verbose?: boolean | undefined;
  onExit?: OnExit | undefined;
  signal?: AbortSignal | undefined;
}

export interface ProcessPart {
  readonly pid: number;
  /** What it said it listens on. */
  readonly url: string | undefined;
  restart(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

interface Started extends Running {
  url: string | undefined;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const readyWithinMs = 60_000;
const stopsWithinMs = 20_000;

export async function startProcess(options: ProcessOptions): Promise<ProcessPart> {
  const child = await restartable(() => start(options), options.onExit);
  return {
    get pid() {
      return child.pid;
    },
    get url() {
      return child.now.url;
    },
    restart: child.restart,
    kill: child.kill,
    stop: child.stop,
  };
}

function nodeArguments({ entry, preload }: ProcessOptions): string[] {
  const loaded = preload === undefined ? ['tsx'] : ['tsx', pathToFileURL(join(root, preload)).href];
  return [...loaded.flatMap((module) => ['--import', module]), join(root, entry)];
}

async function start(options: ProcessOptions): Promise<Started> {
  const log = openLog(options.logFile);
  const output = options.verbose === true ? 'inherit' : log.fd;
  const child = spawn(process.execPath, nodeArguments(options), {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', output, output, 'ipc'],
    // Its own process group: a terminal's Ctrl-C must reach us alone, for an orderly end. When we are gone, the channel
    // closes, and the entry ends by itself.
    detached: true,
  });
  const exited = once(child, 'exit').then(([code, signal]) => {
    log.close();
    return signal === null ? `ended with exit code ${String(code)}` : `was ended by ${String(signal)}`;
  });
  const running: Started = { pid: child.pid ?? 0, url: undefined, exited, stop: () => stop(child, exited) };
  const ready = (signal: AbortSignal): Promise<{ url: string | undefined }> =>
    readyMessage(child, options.name, signal);
  const lastLog = (): string => (options.verbose === true ? '' : log.tail());
  const { url } = await readyOrGone(running, ready, options.signal, lastLog).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${options.name} did not start: ${reason}`, { cause: error });
  });
  running.url = url;
  return running;
}

function readyMessage(child: ChildProcess, name: string, signal: AbortSignal): Promise<{ url: string | undefined }> {
  return new Promise((resolve, reject) => {
    const bound = setTimeout(() => {
      reject(new Error(`Gave up waiting for ${name} to say that it is ready after ${readyWithinMs / 1000} s`));
    }, readyWithinMs);
    signal.addEventListener('abort', () => {
      clearTimeout(bound);
      reject(new Error('no longer wanted'));
    });
    child.on('message', (message: { type?: string; url?: string }) => {
      if (message.type !== 'ready') return;
      clearTimeout(bound);
      resolve({ url: message.url });
    });
  });
}

async function stop(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const { pid } = child;
  sendSignal(pid, 'SIGTERM');
  const lastResort = setTimeout(() => sendSignal(pid, 'SIGKILL'), stopsWithinMs);
  await exited;
  clearTimeout(lastResort);
}
