// What a stream does when nothing is asked of it: it says what it waits for, and waits.
import { allHandlersFinished, condition, setCurrentDetails } from '@temporalio/workflow';
import { endingEvents } from '../core/ending.js';
import { describe } from '../core/view.js';
import { arm } from './deadline.js';
import type { Stream } from './stream.js';
import { apply, isBusy, isOver, mayMoveOn } from './stream.js';

function discardWhenCancelled(stream: Stream): void {
  if (!stream.isCancelled || stream.state.status !== 'open') return;
  const actor = { id: 'temporal', manager: true };
  apply(stream, (state, at) => endingEvents(state, { how: 'discarded', at, actor, cause: 'cancelled in Temporal' }));
}

/** Waits until there is something to record or the stream is over. A bare promise: each one of a workflow costs (ADR 14). */
export function attention(stream: Stream): Promise<void> | undefined {
  discardWhenCancelled(stream);
  arm(stream);
  setCurrentDetails(describe(stream.state));
  if (isBusy(stream) || isOver(stream) || mayMoveOn(stream)) return undefined;
  return new Promise<void>((resolve) => (stream.wake = resolve));
}

/** Waits until every update has its answer; true when nothing new came in meanwhile, so that a new run loses nothing. */
export async function isAnswered(stream: Stream): Promise<boolean> {
  await condition(allHandlersFinished);
  return mayMoveOn(stream);
}
