// A server's or process's output goes to a file: unlike a pipe it never blocks the writer, and it outlives us.
import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const largestBytes = 20_000_000;
const tailBytes = 8_000;

export interface LogFile {
  readonly fd: number;
  /** The last lines written since this was opened. */
  tail(lines?: number): string;
  close(): void;
}

export function openLog(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  const isTooLarge = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largestBytes;
  // Opened to append always: two writers (a guard and its server) share the file.
  if (isTooLarge) closeSync(openSync(path, 'w'));
  const fd = openSync(path, 'a', 0o600);
  const start = fstatSync(fd).size;
  return {
    fd,
    tail: (lines = 12) => lastLines(path, start, lines),
    close: () => {
      closeSync(fd);
    },
  };
}

function lastLines(path: string, start: number, lines: number): string {
  const reader = openSync(path, 'r');
  try {
    const size = fstatSync(reader).size;
    const from = Math.max(start, size - tailBytes);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    readSync(reader, buffer, 0, buffer.length, from);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(reader);
  }
}
