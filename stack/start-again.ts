// Some reasons not to start pass by themselves: a port that an outgoing connection holds for the moment, or a killed Postgres
// whose last processes are still on their way out.
import { setTimeout as pause } from 'node:timers/promises';

const passing = /address already in use|could not bind|pre-existing shared memory block/i;
const pausesMs = [100, 300, 1_000, 3_000, 5_000];

export async function startAgainWhilePassing<T>(start: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await start();
    } catch (error) {
      if (signal?.aborted || !(error instanceof Error) || !passing.test(error.message)) throw error;
      await pause(pauseMs, undefined, { signal });
    }
  }
  return await start();
}
