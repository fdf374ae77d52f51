// The figures of a run, for programs and for people.
import type { CpuPerCycle } from './cpu.js';
import type { HistorySize } from './histories.js';
import { round } from './figures.js';
import type { Latency } from './latency.js';
import type { PairsResult } from './pairs.js';
import type { ReadYourWrites } from './read-your-writes.js';
import type { SqlPerAction } from './sql-statements.js';

export interface Figures {
  pairs: PairsResult;
  history: { cycle: HistorySize; bare: HistorySize };
  cpu: Record<'bare' | 'cycle' | 'http', CpuPerCycle | undefined>;
  latency: Record<string, Latency>;
  memoryMb: { worker: number; api: number };
  readYourWrites: ReadYourWrites;
  sql: SqlPerAction | undefined;
  tasks: number;
  isQuick: boolean;
  sample: { pairs: number; cycles: number; atOnce: number };
}

export function jsonOf(figures: Figures) {
  const { pairs, history, readYourWrites, sql, memoryMb, latency, sample, isQuick, tasks } = figures;
  const { checked, violations } = readYourWrites;
  return {
    ratioCycle: round(pairs.cycle.ratio, 3),
    ratioHttp: round(pairs.http.ratio, 3),
    historyEvents: history.cycle.events,
    historyBytes: history.cycle.bytes,
    sqlPerAction: sql?.http ?? null,
    sqlPerCommand: sql?.command ?? null,
    bare: {
      cyclesPerSecond: round(pairs.bare.perSecond, 1),
      events: history.bare.events,
      bytes: history.bare.bytes,
    },
    cycle: { cyclesPerSecond: round(pairs.cycle.perSecond, 1) },
    http: { cyclesPerSecond: round(pairs.http.perSecond, 1) },
    spread: { ratioCycle: pairs.cycle.spread, ratioHttp: pairs.http.spread },
    latencyMs: Object.fromEntries(Object.entries(latency).map(([atOnce, { p50, p99 }]) => [atOnce, { p50, p99 }])),
    cpuMsPerCycle: figures.cpu,
    memoryMb,
    readYourWrites: { checked, violations },
    sample: { ...sample, quick: isQuick, tasksChecked: tasks },
  };
}

function shownCpu(cpu: CpuPerCycle | undefined): string {
  if (!cpu) return 'not measured: needs Linux';
  const { total, ...parts } = cpu;
  const taken = Object.entries(parts).filter(([, milliseconds]) => milliseconds >= 0.5);
  return `${total.toFixed(1)} ms a cycle (${taken.map(([name, each]) => `${name} ${each.toFixed(1)}`).join(', ')})`;
}

export function tableOf(figures: Figures): string {
  const { pairs, history, latency, memoryMb, readYourWrites, sql, sample, isQuick, tasks } = figures;
  const range = ([min, max]: [number, number]): string => `${min.toFixed(2)} to ${max.toFixed(2)}`;
  const side = ({ ratio, spread, perSecond }: PairsResult['cycle']): string =>
    `${ratio.toFixed(2)} of the bare workflow (${range(spread)}), ${perSecond.toFixed(1)} cycles/s`;
  const rows: [string, string][] = [
    ['Bare workflow', `${pairs.bare.perSecond.toFixed(1)} cycles/s, ${String(history.bare.events)} events`],
    ['Cycle', side(pairs.cycle)],
    ['Cycle over HTTP', side(pairs.http)],
    ['History of a cycle', `${String(history.cycle.events)} events, ${String(history.cycle.bytes)} bytes`],
    [
      'SQL statements',
      sql
        ? `${String(sql.http)} per HTTP action, ${String(sql.command)} of them to record it`
        : 'not counted: no pg_stat_statements',
    ],
    ...Object.entries(figures.cpu).map(([side, cpu]): [string, string] => [`Processor, ${side}`, shownCpu(cpu)]),
    ...Object.entries(latency).map(([atOnce, { p50, p99 }]): [string, string] => [
      `Action, ${atOnce} at a time`,
      `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    ]),
    ['Memory', `worker ${String(memoryMb.worker)} MB, API ${String(memoryMb.api)} MB`],
    ['Read your writes', `${String(readYourWrites.checked)} checked, ${String(readYourWrites.violations)} violations`],
    ['Checked in Postgres', `${String(tasks)} tasks finished, each action recorded once`],
  ];
  const how = `${String(sample.pairs)} pairs of ${String(sample.cycles)} cycles, ${String(sample.atOnce)} at a time; medians`;
  const note = isQuick ? [`QUICK: too few pairs for a figure to quote.`] : [];
  return [how, ...note, '', ...rows.map(([name, value]) => `${name.padEnd(22)}${value}`)].join('\n');
}
