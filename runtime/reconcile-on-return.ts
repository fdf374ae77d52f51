// Starts a reconcile when the worker starts and whenever the connection to Temporal was lost: that is when records can have
// run ahead of histories. Watches the connection itself, as a server that is back within a second fails no health check.
import { Client, connectivityState } from '@grpc/grpc-js';
import type { Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import type { TaskloomClient } from '../client.js';

/** How far back a first reconcile looks, and how far before a loss: longer than a workflow task and its retries take. */
const atStartMs = 10 * 60_000;
const beforeLossMs = 60_000;
const retryMs = 500;
/** One that takes long is asked after less and less often. */
const retryMaxMs = 10_000;

export function reconcileOnReturn(
  client: Pick<TaskloomClient, 'startReconcile'>,
  connection: Connection,
  log: Logger,
): { stop(): void } {
  const { address, credentials, channelArgs } = connection.options;
  // The same address and credentials share the connection that the client itself uses.
  const channel = new Client(address, credentials, channelArgs).getChannel();
  let stopped = false;
  let wanted: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wait = retryMs;

  function again(): void {
    timer = setTimeout(() => void start(), wait);
    wait = Math.min(wait * 2, retryMaxMs);
  }

  async function start(): Promise<void> {
    if (wanted === undefined || stopped) return;
    const sinceMs = wanted;
    try {
      const outcome = await client.startReconcile(sinceMs);
      // One that runs already may have passed by what we want looked at.
      if (outcome === 'running') again();
      else if (wanted === sinceMs) wanted = undefined;
    } catch (error) {
      log.warn({ err: error }, 'reconcile could not be started; trying again');
      again();
    }
  }

  function want(sinceMs: number): void {
    wanted = Math.min(wanted ?? sinceMs, sinceMs);
    clearTimeout(timer);
    wait = retryMs;
    again();
  }

  function watch(state: connectivityState): void {
    channel.watchConnectivityState(state, Infinity, (error) => {
      if (stopped || error) return;
      const next = channel.getConnectivityState(true);
      if (state === connectivityState.READY && next !== connectivityState.READY) {
        log.warn('the connection to Temporal was lost');
        want(Date.now() - beforeLossMs);
      }
      watch(next);
    });
  }

  watch(channel.getConnectivityState(true));
  want(Date.now() - atStartMs);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      channel.close();
    },
  };
}
