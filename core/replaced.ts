// A cycle whose task is run again while it is open: it ends, and says who asked and which cycle takes its place.
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import { endingEvents } from './ending.js';
import type { CycleEvent } from './events.js';
import { isObject } from './json.js';
import type { Actor, StreamState } from './state.js';

export interface Replacement {
  /** The cycle that follows. */
  by: string;
  actor: Actor;
}

/** One that has ended already ended otherwise. */
export function replacedEvents(state: StreamState, { by, actor }: Replacement, at: number): CycleEvent[] {
  if (state.status !== 'open') return [];
  return endingEvents(state, { how: 'discarded', at, actor, cause: 'replaced by a rerun', replacedBy: by });
}

/** It was given up before it began: nobody ever saw it. */
export const supersededEvents = (state: StreamState, at: number): CycleEvent[] =>
  state.status === 'open'
    ? endingEvents(state, { how: 'discarded', at, cause: 'another cycle was opened before it began' })
    : [];

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 200;

/** Reads a message body: anybody can send it. */
export function parseReplaced(body: unknown): Decision<Replacement> {
  if (!isObject(body) || !isText(body['by'])) return reject('MALFORMED_COMMAND', '"by" is missing');
  const { by, actor } = body;
  if (!isObject(actor) || !isText(actor['id'])) return reject('MALFORMED_COMMAND', '"actor" is missing');
  return accept({ by, actor: { id: actor['id'], ...(isText(actor['via']) ? { via: actor['via'] } : {}) } });
}
