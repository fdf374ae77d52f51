// Starts a reconcile when the worker starts and whenever the Temporal server comes back: that is when records can have run
// ahead of histories.
import type { Logger } from 'pino';
import type { TaskloomClient } from '../client.js';

const lookEveryMs = 1_000;
/** How far back a reconcile looks before the moment the server went away. */
const marginMs = 5 * 60_000;

export function reconcileOnReturn(
  client: Pick<TaskloomClient, 'reachable' | 'startReconcile'>,
  log: Logger,
): { stop(): void } {
  let away = true;
  let awaySince = Date.now();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const reachable = await client.reachable();
    if (!reachable && !away) {
      away = true;
      awaySince = Date.now();
      log.warn('the Temporal server is out of reach');
    }
    if (reachable && away) {
      try {
        await client.startReconcile(awaySince - marginMs);
        away = false;
        log.info('reconcile started');
      } catch (error) {
        log.warn({ err: error }, 'reconcile could not be started; trying again');
      }
    }
  }
  const again = (): void => {
    void look().finally(() => {
      timer = setTimeout(again, lookEveryMs);
    });
  };
  again();
  return {
    stop: () => {
      clearTimeout(timer);
    },
  };
}
