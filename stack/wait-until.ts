// The one way to wait here: for a condition, with a bound, ending early when nobody wants the answer any more.
import { setTimeout as pause } from 'node:timers/promises';

export interface Waiting {
  withinMs: number;
  /** Completes the sentence "Gave up waiting …", e.g. `for Postgres to answer`. */
  what: string;
  signal?: AbortSignal | undefined;
}

const firstPauseMs = 25;
const longestPauseMs = 500;

/** Tries until `attempt` gives something other than undefined; a thrown error counts as "not yet". */
export async function waitUntil<T>(attempt: () => Promise<T | undefined>, waiting: Waiting): Promise<T> {
  const end = Date.now() + waiting.withinMs;
  let pauseMs = firstPauseMs;
  let lastError: unknown;
  for (;;) {
    waiting.signal?.throwIfAborted();
    try {
      const found = await attempt();
      if (found !== undefined) return found;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() + pauseMs > end) break;
    await pause(pauseMs, undefined, { signal: waiting.signal });
    pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
  }
  const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new Error(`Gave up waiting ${waiting.what} after ${Math.round(waiting.withinMs / 1000)} s${reason}`, {
    cause: lastError,
  });
}
