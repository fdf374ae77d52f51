// Rehearses one example in a project of its own, and compares how it ended with what it expects.
import { nodeStatuses, taskStatuses } from '../../core/state.js';
import { InputProblem } from '../problems.js';
import type { Scene } from '../scene.js';
import { defaults, simulate } from '../simulate.js';
import { readEnding } from './ending.js';
import { mismatches } from './expectations.js';
import type { Example } from './folder.js';
import { readExample } from './folder.js';
import type { Sightings } from './sightings.js';
import { watchStatuses } from './sightings.js';

export interface ExampleResult {
  name: string;
  nodeKinds: string[];
  /** Every status that was seen on the way or at the end. */
  nodeStatuses: string[];
  taskStatuses: string[];
  ok: boolean;
  /** Why it is not ok. */
  problems: string[];
  seconds: number;
}

export interface Stage {
  /** Where the examples are. */
  folder: string;
  url: string;
  /** The operator's. */
  key: string;
  signal: AbortSignal;
  say: (line: string) => void;
}

const overWithinMs = 90_000;
const patienceMs = 30_000;

async function rehearse(example: Example, seen: Sightings, stage: Stage, signal: AbortSignal): Promise<string[]> {
  const { pipeline, further, tasks, entry, crew, truth, expectations } = example;
  const { url, key, say } = stage;
  let scene: Scene | undefined;
  const watch = (set: Scene) => {
    scene = set;
    return watchStatuses(set, seen);
  };
  const files = { pipeline, further, tasks, entry, crew, truth };
  const { rejections } = await simulate({ ...files, url, key, seed: defaults.seed, patienceMs, say, signal, watch });
  if (!scene) throw new Error('the rehearsal showed no scene');
  return mismatches(expectations, { ...(await readEnding(scene, seen)), rejections });
}

/** An example that can't be played fails like one that ends otherwise than expected, so that the ones after it are played. */
export async function playExample(name: string, stage: Stage): Promise<ExampleResult> {
  const began = performance.now();
  const seen: Sightings = { tasks: new Set(), nodes: new Set(), work: new Map() };
  const bound = AbortSignal.timeout(overWithinMs);
  let kinds: string[] = [];
  let problems: string[];
  try {
    const example = readExample(stage.folder, name);
    kinds = example.nodeKinds;
    problems = await rehearse(example, seen, stage, AbortSignal.any([bound, stage.signal]));
  } catch (error) {
    stage.signal.throwIfAborted();
    if (bound.aborted) problems = [`expected an end within ${overWithinMs / 1_000} s, got none`];
    else if (error instanceof InputProblem) problems = [error.message, ...error.problems];
    else problems = [error instanceof Error ? error.message : String(error)];
  }
  return {
    name,
    nodeKinds: kinds,
    nodeStatuses: nodeStatuses.filter((status) => seen.nodes.has(status)),
    taskStatuses: taskStatuses.filter((status) => seen.tasks.has(status)),
    ok: problems.length === 0,
    problems,
    seconds: (performance.now() - began) / 1_000,
  };
}
