// Rehearses a pipeline through the real HTTP API before people touch it. Holds no rules of the product: what it reports it
// reads back.
import { setMaxListeners } from 'node:events';
import type { Api } from './api.js';
import { createApi } from './api.js';
import type { Counts } from './counts.js';
import { countTasks, listTasks } from './counts.js';
import type { HandedOut } from './floor.js';
import type { HistoryEvents, TemporalPlace } from './histories.js';
import { historyEvents } from './histories.js';
import type { Measured, Meter } from './meter.js';
import { createMeter } from './meter.js';
import type { Play, PlayFiles } from './play.js';
import { readPlay } from './play.js';
import { readModels } from './models.js';
import type { Screen } from './progress.js';
import { showProgress, silent } from './progress.js';
import { playAnswers } from './recorded.js';
import { readResults } from './results.js';
import type { Scene } from './scene.js';
import { setScene } from './scene.js';
import { serverFor } from './server.js';
import { work } from './shift.js';

export interface SimulateOptions extends PlayFiles {
  seed?: number | undefined;
  /** Requests at once. */
  concurrency?: number | undefined;
  /** A file of what models say, for a stack of its own. */
  models?: string | undefined;
  url?: string | undefined;
  key?: string | undefined;
  /** How long the server may be away, and how long open tasks may stand still. */
  patienceMs?: number | undefined;
  say?: ((line: string) => void) | undefined;
  screen?: Screen | undefined;
  signal?: AbortSignal | undefined;
  /** Is shown the scene before anybody works on it; the answer ends with the work. */
  watch?: ((scene: Scene) => Promise<Watch>) | undefined;
}

export interface Watch {
  handedOut: HandedOut;
  stop(): Promise<void>;
}

export interface Report extends Measured {
  projectId: string;
  pipelineId: string;
  tasks: number;
  statuses: Record<string, number>;
  outcomes: Record<string, number>;
  /** Where the tasks are that have not ended. */
  nodes: Record<string, number>;
  /** Tasks that are neither ended nor held: more than 0 means that patience ended first. */
  open: number;
  accuracy?: number;
  ties?: number;
  /** null on a server that is not our own. */
  historyEvents: HistoryEvents | null;
}

export const defaults = { seed: 1, concurrency: 16, patienceMs: 120_000 } as const;

async function perform(scene: Scene, cast: Play['cast'], stage: Stage): Promise<void> {
  const { meter, lanes, seed, say, handedOut, signal } = stage;
  // A vote ends with its last answer, so recorded answers say more of how far it is than tasks do: each is two actions.
  const expected = 'answers' in cast ? 2 * cast.answers.length : undefined;
  const shown = { tasks: scene.tasks.size, expected, meter, count: () => countTasks(scene) };
  const progress = showProgress(stage.screen, shown);
  try {
    if ('answers' in cast) await playAnswers(scene, cast.answers, { lanes, meter });
    else await work(scene, cast.crew, { lanes, meter, seed, say, handedOut, signal });
  } finally {
    progress.stop();
  }
}

interface Stage {
  api: Api;
  meter: Meter;
  lanes: number;
  seed: number;
  say: (line: string) => void;
  screen: Screen;
  handedOut: HandedOut;
  signal: AbortSignal;
}

async function readReport(scene: Scene, { meter, lanes }: Stage, temporal: TemporalPlace | undefined): Promise<Report> {
  const counts: Counts = await countTasks(scene);
  const nodes: Record<string, number> = {};
  const complete: string[] = [];
  for await (const task of listTasks(scene)) {
    await scene.meet(task.id);
    if (task.outcome === 'complete') complete.push(task.id);
    if (task.status === 'finished') continue;
    for (const node of task.nodes) nodes[node] = (nodes[node] ?? 0) + 1;
  }
  const { accuracy, ties } = await readResults(scene, complete, lanes);
  const cycles = [...scene.tasks.values()].map(({ cycleId }) => cycleId);
  return {
    projectId: scene.projectId,
    pipelineId: scene.pipelineId,
    tasks: Object.values(counts.statuses).reduce((sum, count) => sum + count, 0),
    statuses: counts.statuses,
    outcomes: counts.outcomes,
    nodes,
    open: counts.open,
    ...meter.result(),
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(ties === undefined ? {} : { ties }),
    historyEvents: temporal ? await historyEvents(temporal, cycles) : null,
  };
}

export async function simulate(options: SimulateOptions): Promise<Report> {
  const { seed = defaults.seed, concurrency: lanes = defaults.concurrency, patienceMs = defaults.patienceMs } = options;
  const say = options.say ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  // Every request that waits listens to it.
  setMaxListeners(0, signal);
  const { source, cast } = await readPlay(options, say);
  const models = options.models === undefined ? undefined : await readModels(options.models);
  const server = await serverFor({ url: options.url, key: options.key, models, signal, say });
  try {
    const meter = createMeter();
    const api = createApi({ url: server.url, patienceMs, meter, signal });
    const scene = await setScene({ api, patienceMs, givenKey: server.key, signal, say }, source);
    const watch = await options.watch?.(scene);
    const handedOut = watch?.handedOut ?? (() => undefined);
    const stage = { api, meter, lanes, seed, say, screen: options.screen ?? silent, handedOut, signal };
    try {
      await perform(scene, cast, stage);
    } finally {
      await watch?.stop();
    }
    return await readReport(scene, stage, server.temporal);
  } finally {
    await server.stop();
  }
}
