// Starts the parts of a stack one by one or together, and stops what was started in reverse order.
import { join } from 'node:path';
import type { PartExit } from './stack.js';

export interface Part {
  restart(): Promise<void>;
  stop(): Promise<void>;
  destroy?(): Promise<void>;
}

/** What every part is given. */
export interface PartContext {
  logFile: string;
  onExit: (how: string) => void;
  signal: AbortSignal;
  say: (line: string) => void;
}

export interface PartsOptions {
  logs: string;
  /** Parts that can are destroyed rather than stopped. */
  isThrowAway: boolean;
  say: (line: string) => void;
  onExit?: ((exit: PartExit) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Parts {
  start<P extends Part>(
    name: string,
    provide: (context: PartContext) => Promise<P>,
    describe: (part: NoInfer<P>) => string,
  ): Promise<P>;
  /** Repeatable. */
  stop(): Promise<void>;
  /** Aborted by the first part that can't be had, with its error, so that nobody waits for the others. */
  readonly signal: AbortSignal;
}

export function partsOf(options: PartsOptions): Parts {
  const running: (() => Promise<void>)[] = [];
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  let stopped: Promise<void> | undefined;

  return {
    signal,
    start: async (name, provide, describe) => {
      const exit = { name, restart: (): Promise<void> => Promise.resolve() };
      const context: PartContext = {
        logFile: join(options.logs, `${name.toLowerCase().replaceAll(' ', '-')}.log`),
        onExit: (how) => options.onExit?.({ ...exit, how }),
        signal,
        say: options.say,
      };
      const part = await provide(context).catch((error: unknown) => {
        failure.abort(error);
        throw error;
      });
      exit.restart = part.restart;
      running.push(options.isThrowAway && part.destroy ? part.destroy : part.stop);
      options.say(`${name.padEnd(10)} ${describe(part)}`);
      return part;
    },
    stop: () => {
      stopped ??= inTurn(running.toReversed());
      return stopped;
    },
  };
}

async function inTurn(steps: (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step();
}
