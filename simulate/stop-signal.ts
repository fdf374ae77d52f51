// Ends a program that brought a stack up: by a signal, or because the bootstrap is gone.

/** Aborted once somebody wants the program to end; the stack is taken down then. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort(new Error('stopped'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // The bootstrap's end, even by kill -9, closes the channel to it.
  process.on('disconnect', stop);
  process.channel?.unref();
  return stopping.signal;
}
