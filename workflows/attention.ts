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

/** Waits until there is something to record or the stream is over. */
export async function attention(stream: Stream): Promise<void> {
  discardWhenCancelled(stream);
  arm(stream);
  setCurrentDetails(describe(stream.state));
  if (!isBusy(stream) && !isOver(stream) && !mayMoveOn(stream)) {
    await new Promise<void>((resolve) => (stream.wake = resolve));
    stream.wake = undefined;
  }
  discardWhenCancelled(stream);
}

/** Waits until every update has its answer; true when nothing new came in meanwhile, so that a new run loses nothing. */
export async function isAnswered(stream: Stream): Promise<boolean> {
  await condition(allHandlersFinished);
  return mayMoveOn(stream);
}
