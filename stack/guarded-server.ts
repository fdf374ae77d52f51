// Starts or adopts a server through `guard.mjs`, so that it never outlives us, not even after kill -9.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openLog } from './log-file.js';
import type { Running } from './restartable.js';
import { commandOf, parentOf, sendSignal, untilGone } from './running-process.js';
import { waitUntil } from './wait-until.js';

export interface Identity {
  uid: number;
  gid: number;
}

export interface ServerCommand {
  command: string;
  args: string[];
  stopSignal: NodeJS.Signals;
  logFile: string;
  cwd: string;
  env?: Record<string, string>;
  runAs?: Identity | undefined;
  /** Removed by the guard when we are gone without a word: what a throw-away stack leaves behind. */
  removeWhenOrphaned?: string[] | undefined;
}

export interface GuardedServer extends Running {
  lastLog(): string;
}

const stopsWithinMs = 10_000;
const guard = fileURLToPath(new URL('guard.mjs', import.meta.url));

export async function startGuarded(server: ServerCommand): Promise<GuardedServer> {
  const identity = server.runAs ? ['--uid', String(server.runAs.uid), '--gid', String(server.runAs.gid)] : [];
  return await guarded(server, [...identity, server.stopSignal, '--', server.command, ...server.args]);
}

/** Takes over a server that runs already, because the process that started it was killed. */
export async function adoptGuarded(pid: number, server: ServerCommand): Promise<GuardedServer> {
  return await guarded(server, ['--watch', String(pid), server.stopSignal]);
}

/** A server whose guard is alive is about to be stopped by it, since the process they served is gone. */
export function hasGuard(pid: number): boolean {
  const parent = parentOf(pid);
  return parent !== undefined && (commandOf(parent)?.includes('guard.mjs') ?? false);
}

/** Until its guard has stopped it, or is gone without having done so: a kill -9 shows only after a moment. */
export async function untilUnguarded(pid: number, withinMs: number, signal?: AbortSignal): Promise<void> {
  const what = `for process ${pid} to be stopped by its guard`;
  await waitUntil(() => Promise.resolve(hasGuard(pid) ? undefined : true), { withinMs, what, signal });
}

async function guarded(server: ServerCommand, guardArgs: string[]): Promise<GuardedServer> {
  const log = openLog(server.logFile);
  const removals = (server.removeWhenOrphaned ?? []).flatMap((dir) => ['--remove', dir]);
  const child = spawn(process.execPath, [guard, ...removals, ...guardArgs], {
    cwd: server.cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LC_ALL: 'C', ...server.env },
    stdio: ['pipe', 'pipe', log.fd],
    // Its own process group: a terminal's Ctrl-C must reach us alone, for an orderly end.
    detached: true,
  });
  const lifeline = child.stdin;
  lifeline?.on('error', () => undefined);
  const exited = once(child, 'exit').then(([code, signal]) => {
    log.close();
    return signal === null ? `ended with exit code ${String(code)}` : `lost its guard to ${String(signal)}`;
  });
  const pid = await firstLine(child, exited);
  return {
    pid: Number(pid),
    exited,
    lastLog: () => log.tail(),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) lifeline?.end('stop\n');
      await exited;
      if (child.signalCode !== null) await stopUnguarded(Number(pid), server);
    },
  };
}

/** Only a guard that was itself killed leaves its server to us. */
async function stopUnguarded(pid: number, { command, stopSignal }: ServerCommand): Promise<void> {
  if (!(commandOf(pid)?.includes(command) ?? false)) return;
  sendSignal(pid, stopSignal);
  await untilGone(pid, stopsWithinMs).catch(() => sendSignal(pid, 'SIGKILL'));
}

async function firstLine(child: ChildProcess, exited: Promise<string>): Promise<string> {
  const line = new Promise<string>((resolve) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.trim());
    });
  });
  const failed = exited.then((how) => Promise.reject(new Error(`The guard of a server ${how}`)));
  failed.catch(() => undefined);
  return await Promise.race([line, failed]);
}
