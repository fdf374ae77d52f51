// Something that runs as a process, can be killed by a test, and comes back: Postgres, Temporal, a worker, an API.
import { sendSignal } from './running-process.js';

export interface Running {
  readonly pid: number;
  /** Resolves with how it ended. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

export interface Restartable<R extends Running> {
  readonly now: R;
  readonly pid: number;
  restart(): Promise<void>;
  /** For tests of failure. Resolves when the process has ended, if the signal is one to end it. */
  kill(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

export type OnExit = (how: string) => void;

const notEnding = new Set<NodeJS.Signals>(['SIGSTOP', 'SIGCONT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP']);

/** `onExit` is told of every end that neither `stop` nor `restart` asked for. */
export async function restartable<R extends Running>(
  start: () => Promise<R>,
  onExit?: OnExit,
): Promise<Restartable<R>> {
  let now = watched(await start());
  // One transition at a time: a stop during a restart must not miss the process that is just starting.
  let transition: Promise<unknown> = Promise.resolve();

  function watched(running: R): R {
    void running.exited.then((how) => {
      if (!asked.has(running)) onExit?.(how);
    });
    return running;
  }

  async function end(): Promise<void> {
    asked.add(now);
    await now.stop();
  }

  function inTurn(step: () => Promise<void>): Promise<void> {
    const turn = transition.then(step);
    transition = turn.catch(() => undefined);
    return turn;
  }

  return {
    get now() {
      return now;
    },
    get pid() {
      return now.pid;
    },
    restart: () =>
      inTurn(async () => {
        await end();
        now = watched(await start());
      }),
    kill: async (signal) => {
      const { exited } = now;
      sendSignal(now.pid, signal);
      if (!notEnding.has(signal)) await exited;
    },
    stop: () => inTurn(end),
  };
}

const asked = new WeakSet<Running>();

/** Waits for `ready`, but no longer than the process lives; a process that never gets ready is stopped. */
export async function readyOrGone<T>(
  running: Running,
  ready: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
  describe: () => string,
): Promise<T> {
  const over = new AbortController();
  const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const gone = running.exited.then((how) => {
    throw new Error(`it ${how}`);
  });
  try {
    return await Promise.race([ready(either), gone]);
  } catch (error) {
    over.abort();
    await running.stop();
    if (signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const log = describe();
    throw new Error(log === '' ? reason : `${reason}\n${log}`, { cause: error });
  } finally {
    over.abort();
    gone.catch(() => undefined);
  }
}
