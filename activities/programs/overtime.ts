// Bounds work that need not look at its signal.

/** Whatever comes first: what the work comes to, or an error once its time is over. */
export async function beforeAbort<T>(signal: AbortSignal, work: Promise<T> | T): Promise<T> {
  const ends = new AbortController();
  const overtime = new Promise<never>((_, rejects) => {
    const end = (): void => {
      rejects(new Error('its time is over'));
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { signal: ends.signal });
  });
  try {
    return await Promise.race([work, overtime]);
  } finally {
    ends.abort();
  }
}
