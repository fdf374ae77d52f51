// Heartbeats while something lasts, so that a worker that dies is noticed by its silence.
import { Context } from '@temporalio/activity';

/** Heartbeats that come more often than their timeout needs are not sent. */
const heartbeatMs = 1_000;

export async function alive<T>(work: Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => {
    context.heartbeat();
  }, heartbeatMs);
  try {
    return await work;
  } finally {
    clearInterval(beat);
  }
}
