// `npm run bench -- --json`, in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Figure, Item } from './item.js';
import { held, published } from './item.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const targets = { ratioCycle: 0.65, historyEvents: 34, bareEvents: 22 };

const range = z.tuple([z.number(), z.number()]);
const measuredShape = z.object({
  ratioCycle: z.number(),
  ratioHttp: z.number(),
  historyEvents: z.number(),
  historyBytes: z.number(),
  sqlPerAction: z.number().nullable(),
  bare: z.object({ cyclesPerSecond: z.number(), events: z.number() }),
  cycle: z.object({ cyclesPerSecond: z.number() }),
  http: z.object({ cyclesPerSecond: z.number() }),
  spread: z.object({ ratioCycle: range, ratioHttp: range }),
  latencyMs: z.record(z.string(), z.object({ p50: z.number(), p99: z.number() })),
  memoryMb: z.object({ worker: z.number(), api: z.number() }),
  readYourWrites: z.object({ checked: z.number(), violations: z.number() }),
  sample: z.object({ pairs: z.number(), cycles: z.number(), atOnce: z.number() }),
});

type Measured = z.infer<typeof measuredShape>;

async function measure(signal: AbortSignal): Promise<Measured> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/main.ts', '--json'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
    killSignal: 'SIGTERM',
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const last = output.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error('the bench gave no figures; its reasons are above');
  return measuredShape.parse(JSON.parse(last));
}

const to = ([least, most]: [number, number]): string => `${least.toFixed(2)} to ${most.toFixed(2)}`;

function ratiosOf({ ratioCycle, ratioHttp, spread, bare, cycle, http, sample }: Measured): Figure[] {
  const size = `${String(sample.pairs)} pairs of ${String(sample.cycles)} cycles, ${String(sample.atOnce)} at once`;
  return [
    held(ratioCycle >= targets.ratioCycle, {
      what: "cycles by a Temporal client, of a bare workflow with the SDK's defaults (median, spread)",
      size,
      figure: `${ratioCycle.toFixed(2)} (${to(spread.ratioCycle)})`,
      target: `≥ ${String(targets.ratioCycle)}`,
    }),
    published({
      what: "cycles over HTTP, of a bare workflow with the SDK's defaults (median, spread)",
      size,
      figure: `${ratioHttp.toFixed(2)} (${to(spread.ratioHttp)})`,
    }),
    published({
      what: 'cycles/s: bare, by a Temporal client, over HTTP',
      size,
      figure: [bare, cycle, http].map(({ cyclesPerSecond }) => cyclesPerSecond.toFixed(1)).join(', '),
    }),
  ];
}

function historyOf({ historyEvents, historyBytes, bare, sqlPerAction }: Measured): Figure[] {
  const size = 'labeling → review → complete';
  return [
    held(historyEvents <= targets.historyEvents, {
      what: 'history events of a cycle',
      size,
      figure: `${String(historyEvents)} (${String(historyBytes)} bytes)`,
      target: `≤ ${String(targets.historyEvents)}`,
    }),
    held(bare.events <= targets.bareEvents, {
      what: 'history events of the bare workflow',
      size: 'four accepted updates',
      figure: String(bare.events),
      target: `≤ ${String(targets.bareEvents)}`,
    }),
    published({ what: 'SQL statements per HTTP action', size, figure: String(sqlPerAction ?? 'not counted') }),
  ];
}

function restOf({ latencyMs, memoryMb, readYourWrites }: Measured): Figure[] {
  return [
    held(readYourWrites.violations === 0, {
      what: 'reads that did not show what was answered',
      size: `${String(readYourWrites.checked)} reads`,
      figure: String(readYourWrites.violations),
      target: '0',
    }),
    ...Object.entries(latencyMs).map(([atOnce, { p50, p99 }]) =>
      published({
        what: 'action over HTTP',
        size: `${atOnce} at a time`,
        figure: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
      }),
    ),
    published({
      what: 'memory after the run',
      size: 'resident',
      figure: `worker ${String(memoryMb.worker)} MB, API ${String(memoryMb.api)} MB`,
    }),
  ];
}

export const bench: Item = {
  name: 'bench',
  boundMs: 20 * 60_000,
  async run(signal) {
    const measured = await measure(signal);
    return [...ratiosOf(measured), ...historyOf(measured), ...restOf(measured)];
  },
};
