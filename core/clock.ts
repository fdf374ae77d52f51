// The running clock of a cycle: wall time less the time it was paused. Deadlines are kept on it, so a pause moves them.

export interface Clock {
  /** Total of all pauses that have ended. */
  pausedTotalMs: number;
  /** Wall time at which the present pause began. */
  pausedAtMs?: number;
}

/** Wall time → running time. While paused the running clock stands still. */
export function runningTime(clock: Clock, wallMs: number): number {
  return (clock.pausedAtMs === undefined ? wallMs : Math.min(wallMs, clock.pausedAtMs)) - clock.pausedTotalMs;
}

/** The wall time at which the running clock will show `runningMs`; undefined while paused, as nobody knows. */
export function wallTime(clock: Clock, runningMs: number): number | undefined {
  return clock.pausedAtMs === undefined ? runningMs + clock.pausedTotalMs : undefined;
}

export function paused(clock: Clock, wallMs: number): Clock {
  return clock.pausedAtMs === undefined ? { ...clock, pausedAtMs: wallMs } : clock;
}

export function resumed(clock: Clock, wallMs: number): Clock {
  if (clock.pausedAtMs === undefined) return clock;
  return { pausedTotalMs: clock.pausedTotalMs + Math.max(0, wallMs - clock.pausedAtMs) };
}
