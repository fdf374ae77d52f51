// How a stream takes in settings that were changed while it ran: it is told so by the answer to a record.
import { progress } from '../core/advance.js';
import type { StreamState } from '../core/state.js';
import { resyncSignal } from './messages.js';
import { settingsLocally } from './proxies.js';
import { reachReworks } from './reworks.js';
import type { Stream } from './stream.js';
import { fold } from './stream.js';

/** With Postgres away it goes on with what it knows: the answer to the next record says the same. True when it learned. */
export async function learnSettings(stream: Stream): Promise<boolean> {
  const { task, status } = stream.state;
  if (status !== 'open') return false;
  const settings = await settingsLocally({ versionId: task.versionId }).catch(() => null);
  if (!settings) return false;
  // Nothing was heard from outside: the fence's time stands still.
  const at = Math.max(stream.heardAt, stream.state.lastAt);
  fold(stream, progress(stream.state, [{ type: 'settingsChanged', at, ...settings }], at));
  return true;
}

/** Rework children are told to record anew, by which they hear of it themselves; else they would at their next command. */
export const tellReworks = (state: StreamState): Promise<void> =>
  reachReworks(state, (child) => child.signal(resyncSignal));
