// Resident memory of a process, as the kernel counts it.
import { execFileSync } from 'node:child_process';

export function residentMb(pid: number): number {
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Math.round(Number(kilobytes) / 1_024);
}
