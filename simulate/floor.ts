// What the people of a rehearsal share: the work in hand, who holds what, and whether it is over.
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './api.js';
import type { Definition } from './definition.js';
import type { Labels } from './labels.js';
import type { Lanes } from './lanes.js';
import type { Meter } from './meter.js';
import type { Scene } from './scene.js';

/** The node, and the work as the API handed it out. */
export type HandedOut = (node: string, work: unknown) => void;

export interface Floor {
  scene: Scene;
  definition: Definition;
  labels: Labels;
  lanes: Lanes;
  meter: Meter;
  seed: number;
  say: (line: string) => void;
  /** Is told of every piece of work that somebody claimed. */
  handedOut: HandedOut;
  /** Aborted when the rehearsal is over. */
  over: AbortSignal;
  /** People with work in their hands. */
  busy: Set<string>;
  /** Ends of the leases of work that was walked away from, by node instance. */
  abandoned: Map<string, number>;
  /** When somebody last asked for work and got none, of `performance.now()`, by person. */
  emptyHanded: Map<string, number>;
}

/** Sends a command in one of the lanes and measures it. */
export async function act(floor: Floor, key: string | undefined, path: string, json: unknown): Promise<Answer> {
  return floor.lanes(async () => {
    const began = performance.now();
    const answer = await floor.scene.api.send({ method: 'POST', path, json, ...(key === undefined ? {} : { key }) });
    if (answer.ok) floor.meter.accepted(performance.now() - began);
    else floor.meter.rejected(answer.code);
    return answer;
  });
}

/** Ends early when the rehearsal is over. */
export async function rest(floor: Floor, ms: number): Promise<void> {
  try {
    await pause(ms, undefined, { signal: floor.over });
  } catch (error) {
    if (!floor.over.aborted) throw error;
  }
}
