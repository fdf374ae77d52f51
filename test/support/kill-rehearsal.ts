// A rehearsal in whose middle parts of the stack are killed with SIGKILL and started again. Used by the tests and by the proof.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../simulate/simulate.js';
import { simulate } from '../../simulate/simulate.js';
import type { CommandLog } from './command-log.js';
import { watchCommands } from './command-log.js';
import { disagreements } from './kill-audit.js';
import type { OwnStack } from './own-stack.js';
import { until } from './until.js';

export type PartName = 'worker' | 'API' | 'Temporal' | 'Postgres';

export interface KillRehearsal {
  own: OwnStack;
  tasks: number;
  /** In the order in which they are killed, spread over the run. */
  kills: readonly PartName[];
  signal?: AbortSignal;
}

interface Outage {
  part: PartName;
  killedAt: number;
  /** When the part said that it was ready again. */
  restartedAt: number;
  /** How long the part took to start again. */
  startMs: number;
}

export interface Kill extends Outage {
  /** Commands that were without an answer at the restart, or were sent before the next kill. */
  commands: number;
  /** Of all these, from the restart or from its own sending. */
  longestWaitMs: number;
}

export interface KillReport {
  report: Report;
  kills: Kill[];
  /** What was lost, happened twice or reads differently in two places. */
  disagreements: string[];
}

const labels = ['order', 'return', 'complaint', 'praise'];

const pipeline = `
name: Killed in the middle
nodes:
  - { key: start, kind: start }
  - key: label
    kind: labeling
    form: { type: object, properties: { intent: { enum: [${labels.join(', ')}] } }, required: [intent] }
    settings: { lease: PT2M }
  - { key: review, kind: review, reviews: label, limits: { maxReviewFailures: 1, maxReReviews: 3 } }
  - { key: end, kind: end }
edges:
  - { from: start, to: label }
  - { from: label, on: complete, to: review }
  - { from: review, on: approve, to: end }
`;

const crew = `
people:
  - { name: annotator, role: annotator, count: 8, accuracy: 0.6, discardRate: 0.03, speed: 150 }
  - { name: reviewer, role: reviewer, count: 4, judge: { right: 0.95, wrong: 0.1 }, speed: 50 }
  - { name: manager, role: team_manager, resolve: { return: 0.5, leave: 0.5 } }
`;

/** Claim and submit, claim and approve: no task that finishes takes fewer. */
const leastCommands = 4;
/** Shows that the part was missed: commands have waited for so long. */
const missedForMs = 1_000;

function partOf({ stack }: OwnStack, name: PartName): Pick<OwnStack['stack']['temporal'], 'kill' | 'restart'> {
  const parts = {
    worker: stack.workers[0],
    API: stack.apis[0],
    Temporal: stack.temporal,
    Postgres: stack.postgres,
  };
  const part = parts[name];
  if (!part) throw new Error(`there is no ${name}`);
  return part;
}

/** Ends early, with its reason, when the rehearsal has failed. */
async function unlessOver(signal: AbortSignal, what: string, look: () => boolean, withinMs: number): Promise<void> {
  await until(what, () => signal.aborted || look(), withinMs);
  signal.throwIfAborted();
}

interface Scene {
  own: OwnStack;
  log: CommandLog;
  signal: AbortSignal;
}

async function killOne({ own, log, signal }: Scene, name: PartName): Promise<Omit<Outage, 'part'>> {
  const part = partOf(own, name);
  const isMissed = (): boolean => log.unanswered(performance.now() - missedForMs).length > 0;
  const killedAt = performance.now();
  await part.kill('SIGKILL');
  await unlessOver(signal, `the ${name} to be missed`, isMissed, 30_000);
  const startedAt = performance.now();
  await part.restart();
  const readyAt = performance.now();
  // One outage at a time, or a wait could not be said to be of the one or the other.
  const isAnswered = (): boolean => log.unanswered(readyAt).length === 0;
  await unlessOver(signal, `every answer after the kill of ${name}`, isAnswered, 90_000);
  return { killedAt, restartedAt: readyAt, startMs: Math.round(readyAt - startedAt) };
}

function waitsOf(log: CommandLog, outages: readonly Outage[]): Kill[] {
  return outages.map((outage, index) => {
    const before = outages[index + 1]?.killedAt ?? Infinity;
    // What still waits at the next kill waits for that restart from then on.
    const end = (at: number | undefined): number => Math.min(at ?? Infinity, before);
    const waits = log.commands
      .filter(({ sentAt, answer }) => sentAt < before && (answer?.at ?? Infinity) > outage.killedAt)
      .map(({ sentAt, answer }) => Math.max(0, end(answer?.at) - Math.max(sentAt, outage.restartedAt)));
    return { ...outage, commands: waits.length, longestWaitMs: Math.round(Math.max(0, ...waits)) };
  });
}

async function killInTheMiddle(scene: Scene, { tasks, kills }: KillRehearsal): Promise<Outage[]> {
  const outages: Outage[] = [];
  for (const [index, part] of kills.entries()) {
    const share = (index + 1) / (kills.length + 1);
    const wanted = Math.round(tasks * leastCommands * share);
    const isInTheMiddle = (): boolean => scene.log.accepted() >= wanted;
    await unlessOver(scene.signal, `${String(wanted)} accepted commands`, isInTheMiddle, 180_000);
    outages.push({ part, ...(await killOne(scene, part)) });
  }
  return outages;
}

function writeFiles(folder: string, tasks: number): { pipeline: string; crew: string; tasks: string } {
  const rows = Array.from(
    { length: tasks },
    (_, index) => `t${String(index)},message ${String(index)},${labels[index % 4] ?? ''}`,
  );
  const texts = { pipeline, crew, tasks: ['id,text,gold', ...rows, ''].join('\n') };
  const files = {
    pipeline: join(folder, 'pipeline.yaml'),
    crew: join(folder, 'crew.yaml'),
    tasks: join(folder, 'tasks.csv'),
  };
  for (const name of ['pipeline', 'crew', 'tasks'] as const) writeFileSync(files[name], texts[name]);
  return files;
}

export async function rehearseWithKills(what: KillRehearsal): Promise<KillReport> {
  const { own, tasks } = what;
  const folder = mkdtempSync(join(tmpdir(), 'taskloom-kills-'));
  const log = watchCommands(own.stack.apiUrl);
  const failing = new AbortController();
  const signal = what.signal ? AbortSignal.any([what.signal, failing.signal]) : failing.signal;
  try {
    const files = writeFiles(folder, tasks);
    const running = simulate({ ...files, seed: 9, url: own.stack.apiUrl, key: own.operatorKey, signal });
    const killing = killInTheMiddle({ own, log, signal }, what);
    // Whichever fails first tells why.
    const [report, outages] = await Promise.all([running, killing]).catch(async (error: unknown) => {
      failing.abort(error);
      await Promise.allSettled([running, killing]);
      throw error;
    });
    const kills = waitsOf(log, outages);
    return { report, kills, disagreements: await disagreements(own, report, tasks, log.commands) };
  } finally {
    log.stop();
    rmSync(folder, { recursive: true });
  }
}
