// Chance that can be repeated: what comes out depends on the names that go in and on nothing else, so neither the order of
// requests nor their number at once changes what anybody does.

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A stream of numbers in [0, 1) of its own for every list of names. */
export function chance(...names: readonly (string | number)[]): () => number {
  return mulberry32(hash(names.join('\n')));
}

/** One of several names, each as often as its share of all shares; undefined where no share is above zero. */
export function pickByShare(shares: Readonly<Record<string, number>>, drawn: number): string | undefined {
  const entries = Object.entries(shares).filter(([, share]) => share > 0);
  let left = drawn * entries.reduce((sum, [, share]) => sum + share, 0);
  for (const [name, share] of entries) {
    left -= share;
    if (left < 0) return name;
  }
  return entries.at(-1)?.[0];
}

export function pickOne<T>(items: readonly T[], drawn: number): T | undefined {
  return items[Math.floor(drawn * items.length)];
}
