// What is measured on the way: how long actions take, what is refused, what had to be asked again. Everything else that a
// report says is read back from the API.

export interface Meter {
  /** An accepted action, and how long it took from the first try to the definite answer. */
  accepted(ms: number): void;
  rejected(code: string): void;
  /** A try without a definite answer. */
  retried(reason: string): void;
  /** Of `performance.now()`; what happens before is preparation. */
  begin(): void;
  readonly actions: number;
  readonly lastAcceptedAt: number;
  result(): Measured;
}

export interface Measured {
  actions: number;
  rejections: Record<string, number>;
  retries: Record<string, number>;
  seconds: number;
  actionsPerSecond: number;
  latencyMs: { p50: number; p99: number };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));

export function createMeter(): Meter {
  const latencies: number[] = [];
  const rejections = new Map<string, number>();
  const retries = new Map<string, number>();
  const add = (counts: Map<string, number>, name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  let began = performance.now();
  let last = began;

  return {
    accepted(ms) {
      latencies.push(ms);
      last = performance.now();
    },
    rejected(code) {
      add(rejections, code);
    },
    retried(reason) {
      add(retries, reason);
    },
    begin() {
      began = last = performance.now();
    },
    get actions() {
      return latencies.length;
    },
    get lastAcceptedAt() {
      return last;
    },
    result() {
      const seconds = (last - began) / 1_000;
      return {
        actions: latencies.length,
        rejections: sorted(rejections),
        retries: sorted(retries),
        seconds: rounded(seconds, 2),
        actionsPerSecond: seconds === 0 ? 0 : rounded(latencies.length / seconds, 1),
        latencyMs: { p50: rounded(percentile(latencies, 0.5), 1), p99: rounded(percentile(latencies, 0.99), 1) },
      };
    },
  };
}
