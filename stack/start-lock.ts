// One `npm start` per clone: two would serve the same data.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf } from './running-process.js';

interface Holder {
  pid: number;
  url?: string;
}

export interface StartLock {
  /** Tells the next one who tries where this one is to be found. */
  announce(url: string): void;
  release(): void;
}

/** The lock, or the address of the one who holds it. A holder that was killed holds nothing. */
export function takeStartLock(dataDir: string, entry: string): StartLock | { heldAt: string | undefined } {
  const path = join(dataDir, 'running.json');
  const own = `${path}.${process.pid}`;
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(own, JSON.stringify({ pid: process.pid } satisfies Holder));
  try {
    while (!linked(own, path)) {
      const text = read(path);
      const holder = parse(text);
      if (holder && isRunning(holder.pid, entry)) return { heldAt: holder.url };
      removeStale(path, text);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    announce: (url) => {
      writeFileSync(own, JSON.stringify({ pid: process.pid, url } satisfies Holder));
      renameSync(own, path);
    },
    release: () => {
      rmSync(path, { force: true });
    },
  };
}

function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved aside first: of two who find the same stale lock, only one may remove it, and not the other's new one. */
function removeStale(path: string, expected: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== expected) linked(aside, path);
  rmSync(aside, { force: true });
}

function isRunning(pid: number, entry: string): boolean {
  return commandOf(pid)?.includes(entry) ?? false;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}
