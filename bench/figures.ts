// Medians, percentiles and spreads. One sample swings; the middle of several does not.

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1));
  return sorted[place] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export const spread = (values: readonly number[]): [min: number, max: number] => [
  round(Math.min(...values), 3),
  round(Math.max(...values), 3),
];

export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

/**
 * Works through the items, so many at a time; each lane knows its number. Answers with items per second while every lane had
 * one: a last item that takes its time, with all other lanes idle, says nothing about throughput.
 */
export async function inLanes<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, lane: number) => Promise<void>,
): Promise<number> {
  const waiting = [...items];
  const began = performance.now();
  let done = 0;
  let perSecond: number | undefined;
  const lane = async (_: unknown, number: number): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item, number);
      done += 1;
    }
    perSecond ??= (done * 1_000) / (performance.now() - began);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return perSecond ?? 0;
}
