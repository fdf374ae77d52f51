// What the operating system knows about a process that may not be our child.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { waitUntil } from './wait-until.js';

/** The command line of a live process; undefined once it is gone, also when nobody has reaped it yet. */
export function commandOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return askPs(pid, 'command=');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  return commandOf(pid) !== undefined;
}

export function parentOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return Number(askPs(pid, 'ppid=')) || undefined;
  try {
    // The command's name, in brackets, may itself hold spaces and brackets.
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
    return Number(afterName.split(' ')[1]) || undefined;
  } catch {
    return undefined;
  }
}

/** Sends a signal; false when there is nobody left to take it. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

export async function untilGone(pid: number, withinMs: number, signal?: AbortSignal): Promise<void> {
  const what = `for process ${pid} to end`;
  await waitUntil(() => Promise.resolve(isAlive(pid) ? undefined : true), { withinMs, what, signal });
}

function askPs(pid: number, column: string): string | undefined {
  try {
    const answer = execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
    return answer.includes('<defunct>') ? undefined : answer.trim() || undefined;
  } catch {
    return undefined;
  }
}
