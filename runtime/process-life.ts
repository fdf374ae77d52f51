// How a server process tells its parent that it is up, and how it hears that it should stop.

/** Tells the parent process, where there is one, that this process takes work. */
export function announceReady(url?: string): void {
  process.send?.({ type: 'ready', ...(url === undefined ? {} : { url }) });
}

/** Runs `stop` once, on SIGTERM, SIGINT, or when the parent process is gone; then the process ends. */
export function onStop(stop: () => Promise<void>): void {
  let stopping = false;
  const run = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', run);
  process.on('SIGINT', run);
  process.on('disconnect', run);
}
