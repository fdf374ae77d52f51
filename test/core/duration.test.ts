import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationMs } from '../../core/duration.js';
import { day, hour, minute } from '../support/builders.js';

describe('An ISO 8601 duration', () => {
  test.each([
    ['PT30M', 30 * minute],
    ['P1D', day],
    ['P1DT12H', day + 12 * hour],
    ['P2W', 14 * day],
    ['P1W2DT3H4M5S', 9 * day + 3 * hour + 4 * minute + 5_000],
    ['PT0.5S', 500],
    ['PT90M', 90 * minute],
    ['PT0S', 0],
  ])('%s is so many milliseconds', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  test.each([
    '',
    'P',
    'PT',
    'P1DT',
    '30M',
    'P30M',
    'PT1D',
    'P1Y',
    'P1M',
    'PT-5M',
    '-PT5M',
    'pt5m',
    'PT5M ',
    'P1.5D',
    'PT1H1H',
  ])('%j is none', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });

  test('is whole milliseconds, as timers and columns know no fractions', () => {
    expect(durationMs('PT1.0005S')).toSatisfy(Number.isInteger);
    expect(durationMs('PT1.001S')).toBe(1_001);
  });

  test('adds up its parts', () => {
    const part = fc.nat(999);
    fc.assert(
      fc.property(part, part, part, part, (d, h, m, s) => {
        const text = `P${String(d)}DT${String(h)}H${String(m)}M${String(s)}S`;

        expect(durationMs(text)).toBe(d * day + h * hour + m * minute + s * 1_000);
      }),
    );
  });
});
