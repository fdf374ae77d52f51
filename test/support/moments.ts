// What a caller can tell of times that a server measures: something happened between the asking and the answer. So a test on
// passing time has exact bounds, however slow the machine is at that moment.
import { expect } from 'vitest';

/** Milliseconds of wall time. */
export interface Moment {
  asked: number;
  answered: number;
}

export async function moment(call: () => Promise<unknown>): Promise<Moment> {
  const asked = Date.now();
  await call();
  return { asked, answered: Date.now() };
}

/** Servers round to milliseconds, each by itself. */
const rounding = 2;

/** That so many milliseconds may have passed from one to the other. */
export function expectBetween(ms: number, from: Moment, to: Moment): void {
  expect(ms).toBeGreaterThanOrEqual(to.asked - from.answered - rounding);
  expect(ms).toBeLessThanOrEqual(to.answered - from.asked + rounding);
}
