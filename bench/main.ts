// `npm run bench`: what the product costs on top of a bare Temporal workflow, on real parts, in one run.
import { parseArgs } from 'node:util';
import { runBare } from './bare-side.js';
import { cpuPerCycle } from './cpu.js';
import { runCycles, storeRows } from './cycle-side.js';
import { runHttp } from './http-side.js';
import { historySize } from './histories.js';
import { measureLatency } from './latency.js';
import { residentMb } from './memory.js';
import { runPairs } from './pairs.js';
import { checkReadYourWrites } from './read-your-writes.js';
import { checkRecord } from './record-check.js';
import type { Figures } from './report.js';
import { jsonOf, tableOf } from './report.js';
import type { Scene } from './scene.js';
import { setScene } from './scene.js';
import { countStatements } from './sql-statements.js';

/** Room in a history. Bare: start and end, a workflow task (3) per update, and two events per update; no fewer are possible. */
const mostEvents = { cycle: 34, bare: 22 };

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    cycles: { type: 'string' },
    'at-once': { type: 'string', default: '40' },
  },
});
const sample = {
  pairs: Number(options.pairs ?? (options.quick ? 3 : 7)),
  cycles: Number(options.cycles ?? (options.quick ? 80 : 200)),
  atOnce: Number(options['at-once']),
};
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

process.exitCode = await main();
process.exit();

async function main(): Promise<number> {
  const stopping = new AbortController();
  const asked = (): void => {
    stopping.abort(new Error('stopped'));
  };
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect']) process.on(event, asked);
  let scene: Scene | undefined;
  try {
    scene = await setScene(say, stopping.signal);
    const figures = await Promise.race([measure(scene), aborted(stopping.signal)]);
    // The JSON is one line, and the last one.
    process.stdout.write(`${options.json ? JSON.stringify(jsonOf(figures)) : tableOf(figures)}\n`);
    const problems = problemsOf(figures);
    for (const problem of problems) say(problem);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  } finally {
    await scene?.stop();
  }
}

async function measure(scene: Scene): Promise<Figures> {
  const pairs = await runPairs(scene, { ...sample, say });
  const history = {
    cycle: await historySize(scene.client, pairs.last.cycle),
    bare: await historySize(scene.client, pairs.last.bare),
  };
  say('processor time …');
  const cpu = await measureCpu(scene);
  say('latencies …');
  const latency = await measureLatency(scene, options.quick);
  const { workers, apis } = scene.stack;
  const memoryMb = { worker: residentMb(workers[0]?.pid ?? 0), api: residentMb(apis[0]?.pid ?? 0) };
  say('read your writes …');
  const readYourWrites = await checkReadYourWrites(scene, options.quick ? 40 : 120, 16);
  say('SQL statements …');
  const sql = await countStatements(scene, 40);
  const tasks = await checkRecord(scene);
  return { pairs, history, cpu, latency, memoryMb, readYourWrites, sql, tasks, isQuick: options.quick, sample };
}

async function measureCpu(scene: Scene): Promise<Figures['cpu']> {
  const { cycles, atOnce } = sample;
  const rows = await storeRows(scene, cycles);
  return {
    bare: await cpuPerCycle(scene, cycles, () => runBare(scene, cycles, atOnce)),
    cycle: await cpuPerCycle(scene, cycles, () => runCycles(scene, rows, atOnce)),
    http: await cpuPerCycle(scene, cycles, () => runHttp(scene, cycles, atOnce)),
  };
}

function problemsOf({ history, readYourWrites }: Figures): string[] {
  const tooLong = (['cycle', 'bare'] as const)
    .filter((side) => history[side].events > mostEvents[side])
    .map((side) => `The history of a ${side} cycle has more than ${String(mostEvents[side])} events.`);
  return [...tooLong, ...readYourWrites.examples.map((example) => `A read did not show what was answered: ${example}`)];
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
