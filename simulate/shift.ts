// A crew at work, from the first claim until nothing is left to do.
import { setMaxListeners } from 'node:events';
import type { Again } from './again.js';
import { runAgain } from './again.js';
import { makeChanges } from './changes.js';
import { countAllTasks } from './counts.js';
import type { Crew } from './crew.js';
import type { Floor, HandedOut } from './floor.js';
import { rest } from './floor.js';
import { createLabels } from './labels.js';
import { createLanes } from './lanes.js';
import type { Office } from './managers.js';
import { openOffice } from './managers.js';
import type { Meter } from './meter.js';
import { takePauses } from './pauses.js';
import { workAt } from './people.js';
import type { Scene } from './scene.js';

export interface ShiftOptions {
  lanes: number;
  meter: Meter;
  seed: number;
  say: (line: string) => void;
  handedOut: HandedOut;
  signal: AbortSignal;
}

const lookEveryMs = 500;

/** Nobody holds anything, and everybody has asked for work in vain since the last thing that happened. */
function isQuiet({ meter, busy, abandoned, emptyHanded }: Floor, workers: number): boolean {
  const vain = [...emptyHanded.values()].filter((asked) => asked >= meter.lastAcceptedAt).length;
  const now = Date.now();
  return busy.size === 0 && vain === workers && [...abandoned.values()].every((until) => until < now);
}

interface Managed {
  office: Office;
  again: Again;
}

/** Looks after the held work, and watches until it is over or has stood still for too long. */
async function oversee(floor: Floor, { office, again }: Managed, workers: number): Promise<void> {
  const { scene, meter } = floor;
  let seen = '';
  let changedAt = performance.now();
  for (;;) {
    const actions = meter.actions;
    const decided = await office.look();
    // Before the count, so that what came in meanwhile is counted.
    const more = await scene.awaits();
    const counts = await countAllTasks(scene);
    // After the count, so that what has ended is run again before it all is over.
    await again.look();
    // What happened meanwhile may have held something that was not looked at.
    const settled = decided && meter.actions === actions;
    const now = JSON.stringify(counts);
    if (now !== seen || !settled) changedAt = performance.now();
    seen = now;
    if (counts.open === 0 && !more && settled && (counts.held === 0 || isQuiet(floor, workers))) return;
    const stillMs = performance.now() - Math.max(changedAt, meter.lastAcceptedAt);
    if (stillMs > scene.patienceMs) {
      floor.say(`${counts.open} tasks are open, and nothing has happened for ${Math.round(stillMs / 1_000)} s`);
      return;
    }
    await rest(floor, lookEveryMs);
    if (floor.over.aborted) return;
  }
}

export async function work(scene: Scene, crew: Crew, options: ShiftOptions): Promise<void> {
  const { meter, seed, say, handedOut } = options;
  const ending = new AbortController();
  const over = AbortSignal.any([ending.signal, options.signal]);
  // Everybody who rests listens to it.
  setMaxListeners(0, over);
  const floor: Floor = {
    scene,
    definition: scene.definition,
    labels: createLabels(
      [...scene.tasks.values()].map(({ gold }) => gold),
      seed,
    ),
    lanes: createLanes(options.lanes),
    meter,
    seed,
    say,
    handedOut,
    over,
    busy: new Set(),
    abandoned: new Map(),
    emptyHanded: new Map(),
  };
  meter.begin();
  const managed = { office: openOffice(floor, crew.managers), again: runAgain(floor, crew.managers) };
  const end = (): void => {
    ending.abort();
  };
  const atWork = [...crew.workers.map((worker) => workAt(floor, worker)), makeChanges(floor, crew.managers)];
  // An error of one ends the others.
  const pauses = crew.managers.map((manager) => takePauses(floor, manager));
  const all = [...atWork, ...pauses, oversee(floor, managed, crew.workers.length).then(end)];
  await Promise.allSettled(
    all.map((one) =>
      one.catch((error: unknown) => {
        end();
        throw error;
      }),
    ),
  );
  await Promise.all(all);
  managed.again.tellLeft();
}
