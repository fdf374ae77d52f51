// Processor time per cycle and process, from the kernel's own counts: unlike cycles per second it hardly depends on what else
// the machine does. Linux only.
import { readdirSync, readFileSync } from 'node:fs';
import { round } from './figures.js';
import type { Scene } from './scene.js';

export interface CpuPerCycle {
  worker: number;
  api: number;
  bareWorker: number;
  temporal: number;
  postgres: number;
  client: number;
  total: number;
}

const millisecondsPerTick = 10;

interface Seen {
  parent: number;
  milliseconds: number;
  /** Of its children that have ended. */
  ofEnded: number;
}

function look(pid: number): Seen | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = (first: number): number => Number(fields[first]) + Number(fields[first + 1]);
    return {
      parent: Number(fields[1]),
      milliseconds: ticks(11) * millisecondsPerTick,
      ofEnded: ticks(13) * millisecondsPerTick,
    };
  } catch {
    return undefined;
  }
}

/** The server and its backends, one process per connection. */
function withChildren(pid: number): number {
  const seen = readdirSync('/proc')
    .map(Number)
    .filter((other) => other > 0)
    .map((other) => ({ other, seen: look(other) }));
  const spentBy = (other: number, at: Seen): number => {
    if (other === pid) return at.milliseconds + at.ofEnded;
    return at.parent === pid ? at.milliseconds : 0;
  };
  return seen.reduce((sum, { other, seen: at }) => (at ? sum + spentBy(other, at) : sum), 0);
}

function spent({ stack, bareWorkerPid }: Scene): Omit<CpuPerCycle, 'total'> {
  const of = (pid: number | undefined): number => look(pid ?? 0)?.milliseconds ?? 0;
  return {
    worker: of(stack.workers[0]?.pid),
    api: of(stack.apis[0]?.pid),
    bareWorker: of(bareWorkerPid),
    temporal: of(stack.temporal.pid),
    postgres: withChildren(stack.postgres.pid ?? 0),
    client: of(process.pid),
  };
}

export async function cpuPerCycle(
  scene: Scene,
  cycles: number,
  work: () => Promise<unknown>,
): Promise<CpuPerCycle | undefined> {
  if (process.platform !== 'linux') return undefined;
  const before = spent(scene);
  await work();
  const after = spent(scene);
  const each = (name: keyof typeof before): number => round((after[name] - before[name]) / cycles, 1);
  const parts = {
    worker: each('worker'),
    api: each('api'),
    bareWorker: each('bareWorker'),
    temporal: each('temporal'),
    postgres: each('postgres'),
    client: each('client'),
  };
  return {
    ...parts,
    total: round(
      Object.values(parts).reduce((sum, part) => sum + part, 0),
      1,
    ),
  };
}
