// What a pause of the pipeline, the task or a node means for commands, and how a stream hears of one.
import type { Clock, PipelineClock } from './clock.js';
import { caughtUp, pausedBy } from './clock.js';
import type { CommandType } from './commands.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { CycleEvent } from './events.js';
import { isObject } from './json.js';
import type { Actor, Instance, StreamState } from './state.js';
import { isOpen } from './state.js';

/** A pause or a resume of the task itself. */
export interface PauseCommand {
  id: string;
  actor: Actor;
  clock?: PipelineClock;
}

const handsIn: readonly CommandType[] = ['submit', 'vote', 'approve', 'reject'];

/** Nothing is claimed while paused. What is held may be handed in, but for a hard pause. */
export function pauseAllows({ clock }: StreamState, { node }: Instance, type: CommandType): Decision<null> {
  const code = pausedBy(clock, node);
  if (code === undefined) return accept(null);
  if (type === 'claim') return reject(code);
  if (code === 'PIPELINE_PAUSED' && clock.hard && handsIn.includes(type)) {
    return reject(code, 'your values are kept as your draft');
  }
  return accept(null);
}

/** Takes in how the pauses stand; nothing where it was known. */
export function clockEvents(state: StreamState, told: Clock | undefined, at: number): CycleEvent[] {
  return told === undefined || caughtUp(state.clock, told) === state.clock
    ? []
    : [{ type: 'clocked', at, clock: told }];
}

/** Asked twice is asked once. */
export function pauseEvents(
  { clock }: StreamState,
  type: 'paused' | 'resumed',
  actor: Actor,
  at: number,
): CycleEvent[] {
  const isPaused = clock.own?.pausedAtMs !== undefined;
  return isPaused === (type === 'paused') ? [] : [{ type, at, actor }];
}

/** Somebody has to tell it when the pause of its pipeline, or of a node that it is at, is over. */
export function isParked({ status, clock, instances }: StreamState): boolean {
  if (status !== 'open') return false;
  if (clock.pausedAtMs !== undefined) return true;
  return Object.values(instances).some(
    (instance) => isOpen(instance) && clock.nodes?.[instance.node]?.pausedAtMs !== undefined,
  );
}

const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= -1e15;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 200;

function isPauses(value: unknown, more: Record<string, (field: unknown) => boolean> = {}): boolean {
  if (!isObject(value) || !isCount(value['pausedTotalMs'])) return false;
  const guards: typeof more = { pausedTotalMs: isCount, pausedAtMs: isTime, ...more };
  return Object.entries(value).every(([name, field]) => Object.hasOwn(guards, name) && guards[name]?.(field) === true);
}

const areNodes = (value: unknown): boolean =>
  isObject(value) &&
  Object.keys(value).length <= 200 &&
  Object.entries(value).every(([node, pauses]) => isText(node) && isPauses(pauses));

const counted = { turns: isCount, nodes: areNodes };
const ofPipeline = { ...counted, hard: (value: unknown) => typeof value === 'boolean' };

export const isPipelineClock = (value: unknown): value is PipelineClock => isPauses(value, ofPipeline);

/** What wakes a parked stream, and what a cycle tells its rework children. */
export function parseClock(body: unknown): Decision<Clock> {
  const own = (value: unknown): boolean => isPauses(value, counted) && isObject(value) && isCount(value['turns']);
  const clock = isObject(body) ? body['clock'] : undefined;
  if (!isPauses(clock, { ...ofPipeline, own })) return reject('MALFORMED_COMMAND', '"clock" is not what it should be');
  return accept(clock as Clock);
}

/** Reads a message body; whatever was sent, the answer is a command or a rejection. */
export function parsePause(body: unknown): Decision<PauseCommand> {
  if (!isObject(body) || !isText(body['id'])) return reject('MALFORMED_COMMAND', '"id" is missing');
  const { id, actor, clock } = body;
  if (!isObject(actor) || !isText(actor['id'])) return reject('MALFORMED_COMMAND', '"actor" is missing');
  if (clock !== undefined && !isPipelineClock(clock))
    return reject('MALFORMED_COMMAND', '"clock" is not what it should be');
  const via = isText(actor['via']) ? { via: actor['via'] } : {};
  return accept({ id, actor: { id: actor['id'], ...via }, ...(clock === undefined ? {} : { clock }) });
}
