// The running clock of a cycle: wall time less the time it was paused. Deadlines are kept on it, so a pause moves them.
// Pauses nest: a node's are measured on its pipeline's running time, a task's on what is left of that. So times that overlap
// count once, and totals are all that has to be known (ADR 20).

export interface Pauses {
  /** Total of all pauses that have ended. */
  pausedTotalMs: number;
  /** When the present pause began: wall time for a pipeline, else time on the clock that it is measured on. */
  pausedAtMs?: number;
}

/** How a pipeline's pauses stand, as its row has them. */
export interface PipelineClock extends Pauses {
  /** Pauses and resumes of the pipeline and its nodes so far: more of them is later. */
  turns?: number;
  /** Work is not handed in either. */
  hard?: boolean;
  /** By node key. */
  nodes?: Record<string, Pauses>;
}

/** Pauses of a task; at nodes that were paused themselves they are measured on the node's clock. */
interface TaskPauses extends Pauses {
  turns: number;
  nodes?: Record<string, Pauses>;
}

export interface Clock extends PipelineClock {
  /** The task's own. */
  own?: TaskPauses;
}

/** Running time as far as one layer tells: while paused it stands still. */
const through = (time: number, { pausedAtMs, pausedTotalMs }: Pauses): number =>
  Math.min(time, pausedAtMs ?? time) - pausedTotalMs;

function layersOf(clock: Clock, node: string | undefined): Pauses[] {
  const { own } = clock;
  const ofNode = node === undefined ? undefined : clock.nodes?.[node];
  const ofTask = ofNode && node !== undefined ? (own?.nodes?.[node] ?? own) : own;
  return [clock, ofNode, ofTask].filter((layer) => layer !== undefined);
}

const totalOf = (layers: readonly Pauses[]): number =>
  layers.reduce((sum, { pausedTotalMs }) => sum + pausedTotalMs, 0);

/** Wall time → running time, at a node or of the task as such. */
export function runningTime(clock: Clock, wallMs: number, node?: string): number {
  return layersOf(clock, node).reduce(through, wallMs);
}

/** The wall time at which the running clock will show `runningMs`; undefined while paused, as nobody knows. */
export function wallTime(clock: Clock, runningMs: number, node?: string): number | undefined {
  const layers = layersOf(clock, node);
  return layers.some(({ pausedAtMs }) => pausedAtMs !== undefined) ? undefined : runningMs + totalOf(layers);
}

/** The same, as if pauses that have not ended took no time: what Postgres keeps, and moves by `pausedMs` when it is read. */
export function writtenTime(clock: Clock, runningMs: number, node: string): number {
  return runningMs + totalOf(layersOf(clock, node));
}

/** What of that the pipeline and the node had been paused. */
export function pausedMs(clock: Clock, node: string): number {
  return clock.pausedTotalMs + (clock.nodes?.[node]?.pausedTotalMs ?? 0);
}

/** When the task's own pause began, on the clock of the node. */
export function heldAtMs({ own, nodes }: Clock, node: string): number | undefined {
  return ((nodes?.[node] && own?.nodes?.[node]) ?? own)?.pausedAtMs;
}

export type PausedCode = 'PIPELINE_PAUSED' | 'NODE_PAUSED' | 'TASK_PAUSED';

/** What stands still at a node, the widest first. */
export function pausedBy(clock: Clock, node: string): PausedCode | undefined {
  if (clock.pausedAtMs !== undefined) return 'PIPELINE_PAUSED';
  if (clock.nodes?.[node]?.pausedAtMs !== undefined) return 'NODE_PAUSED';
  return clock.own?.pausedAtMs === undefined ? undefined : 'TASK_PAUSED';
}

export function paused<T extends Pauses>(pauses: T, atMs: number): T {
  return pauses.pausedAtMs === undefined ? { ...pauses, pausedAtMs: atMs } : pauses;
}

export function resumed<T extends Pauses>(pauses: T, atMs: number): T {
  if (pauses.pausedAtMs === undefined) return pauses;
  const { pausedAtMs, ...rest } = pauses;
  return { ...(rest as T), pausedTotalMs: pauses.pausedTotalMs + Math.max(0, atMs - pausedAtMs) };
}

/** The task itself is paused or resumed. */
export function turned(clock: Clock, wallMs: number, turn: typeof paused): Clock {
  const { nodes: atNodes = {}, turns, ...own } = clock.own ?? { turns: 0, pausedTotalMs: 0 };
  const nodes = Object.entries(clock.nodes ?? {}).map(([node, pauses]) => [
    node,
    turn(atNodes[node] ?? own, through(through(wallMs, clock), pauses)),
  ]);
  const next = { ...turn(own, through(wallMs, clock)), turns: turns + 1 };
  return {
    ...clock,
    own: nodes.length === 0 ? next : { ...next, nodes: Object.fromEntries(nodes) as Record<string, Pauses> },
  };
}

const turnsOf = (counted: { turns?: number } | undefined): number => counted?.turns ?? 0;

/** What was told is taken where it is later than what is known; the same clock where nothing of it is. */
export function caughtUp(known: Clock, told: Clock): Clock {
  const pipelines = turnsOf(told) > turnsOf(known);
  const tasks = turnsOf(told.own) > turnsOf(known.own);
  if (!pipelines && !tasks) return known;
  const { own: _, ...pipeline } = pipelines ? told : known;
  const own = tasks ? told.own : known.own;
  return own ? { ...pipeline, own } : pipeline;
}
