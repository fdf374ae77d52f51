// A stream hears that another cycle takes the place of its own.
import { setHandler } from '@temporalio/workflow';
import { parseReplaced, replacedEvents } from '../core/replaced.js';
import type { StreamState } from '../core/state.js';
import { replacedSignal } from './messages.js';
import { reachReworks } from './reworks.js';
import type { Stream } from './stream.js';
import { apply, refuse } from './stream.js';

export function listenForReplacement(stream: Stream): void {
  setHandler(replacedSignal, (body) => {
    const replaced = parseReplaced(body);
    if (replaced.ok) apply(stream, (state, at) => replacedEvents(state, replaced.value, at));
    else refuse(stream, replacedSignal.name, replaced.rejection);
  });
}

/** Its rework children say so too. */
export async function tellReplaced(state: StreamState): Promise<void> {
  const { replaced } = state;
  if (replaced) await reachReworks(state, (child) => child.signal(replacedSignal, replaced));
}
