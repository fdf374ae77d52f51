// Waits for a condition, with a bound: no sleeps in tests.

export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`waited ${String(withinMs)} ms for ${what}`, last instanceof Error ? { cause: last } : {});
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
