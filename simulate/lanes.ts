// At most so many at once.

/** Runs what it is given as soon as one of the lanes is free. */
export type Lanes = <T>(work: () => Promise<T>) => Promise<T>;

export function createLanes(count: number): Lanes {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
