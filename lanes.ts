// Work on many things, at most so many at once.

/**
 * Does something with every item in order. At the first error nothing more is begun; it is thrown once what was under way has come to
 * its end, so that whoever tries again does not meet it.
 */
export async function inLanes<T>(count: number, items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const errors: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (errors.length === 0) {
      const next = left.next();
      if (next.done === true) return;
      try {
        await work(next.value);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: count }, lane));
  if (errors.length > 0) throw errors[0];
}
