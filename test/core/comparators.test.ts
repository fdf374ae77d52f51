import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSameValue } from '../../core/comparators.js';
import type { Comparator } from '../../core/pipeline.js';

const box = (x: number, y: number, width = 10, height = 10, more: object = {}) => ({ x, y, width, height, ...more });

const cases: [comparator: Comparator, a: unknown, b: unknown, same: boolean][] = [
  ['exact', { x: 1, y: 2 }, { y: 2, x: 1 }, true],
  ['exact', 'cat', 'Cat', false],
  ['exact', null, undefined, true],
  ['caseFold', 'STRASSE', 'straße', true],
  ['caseFold', 'cafe\u0301', 'CAFÉ', true],
  ['caseFold', ['Cat', 'dog'], ['cat', 'DOG'], true],
  ['caseFold', 'cat', 'cats', false],
  ['caseFold', 'cat', 'cat ', false],
  ['caseFold', 1, '1', false],
  [{ tolerance: 0.1 }, 0.3, 0.2, true],
  [{ tolerance: 0.3 }, 0.1, 0.4, true],
  [{ tolerance: 2 }, 10, 12.1, false],
  [{ tolerance: 2 }, '10', 11, false],
  [{ tolerance: 2 }, null, 0, false],
  [{ tolerance: 0 }, 5, 5, true],
  ['set', ['a', 'b', 'a'], ['b', 'a'], true],
  ['set', [{ x: 1, y: 2 }], [{ y: 2, x: 1 }], true],
  ['set', ['a'], ['a', 'b'], false],
  ['set', [], [], true],
  ['set', 'a', ['a'], false],
  [{ iou: 0.5 }, box(0, 0), box(0, 0), true],
  // 5 of 15 parts are shared.
  [{ iou: 0.33 }, box(0, 0), box(5, 0), true],
  [{ iou: 0.34 }, box(0, 0), box(5, 0), false],
  [{ iou: 0.1 }, box(0, 0), box(20, 0), false],
  [{ iou: 0.5 }, box(0, 0), [box(0, 0)], true],
  [{ iou: 0.5 }, [box(0, 0), box(50, 50)], [box(51, 50), box(1, 0)], true],
  [{ iou: 0.5 }, [box(0, 0)], [box(0, 0), box(0, 0)], false],
  [{ iou: 0.5 }, [box(0, 0), box(0, 0)], [box(0, 0), box(50, 0)], false],
  [{ iou: 0.5 }, [], [], true],
  [{ iou: 0.5 }, box(0, 0, 10, 10, { label: 'cat' }), box(0, 0, 10, 10, { label: 'dog' }), false],
  [{ iou: 0.5 }, box(3, 3, 0, 0), box(3, 3, 0, 0), true],
  [{ iou: 0.5 }, box(3, 3, 0, 0), box(4, 4, 0, 0), false],
  [{ iou: 0.5 }, box(0, 0, -10, 10), box(0, 0, -10, 10), true],
  [{ iou: 0.5 }, box(0, 0, -10, 10), box(1, 0, -10, 10), false],
  [{ iou: 0.5 }, 'nowhere', box(0, 0), false],
];

describe('A comparator', () => {
  test.each(cases)('%j: %j and %j: %s', (comparator, a, b, same) => {
    expect(isSameValue(comparator, a, b)).toBe(same);
    expect(isSameValue(comparator, b, a)).toBe(same);
  });

  test('matches the boxes that overlap most first, even where that leaves others without a partner', () => {
    // Each could have a partner; but the best pair, 0 and 1, leaves 4 and -3 to each other.
    const [left, right] = [
      [box(0, 0), box(4, 0)],
      [box(1, 0), box(-3, 0)],
    ];

    expect(isSameValue({ iou: 0.5 }, left, right)).toBe(false);
    expect(isSameValue({ iou: 0.15 }, left, right)).toBe(true);
  });
});

const comparators = fc.oneof(
  fc.constantFrom<Comparator>('exact', 'caseFold', 'set'),
  fc.record({ tolerance: fc.double({ min: 0, max: 100, noNaN: true }) }),
  fc.record({ iou: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
);
const boxes = fc.record({ x: fc.integer(), y: fc.integer(), width: fc.nat(), height: fc.nat() });
const values = fc.oneof(
  fc.jsonValue(),
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  boxes,
  fc.array(boxes, { maxLength: 4 }),
);

describe('Whatever the values', () => {
  test('each is the same as itself', () => {
    fc.assert(fc.property(comparators, values, (comparator, value) => isSameValue(comparator, value, value)));
  });

  test('it does not matter which comes first, one box or one value each', () => {
    const single = fc.oneof(fc.jsonValue(), fc.string(), fc.integer(), boxes);
    fc.assert(
      fc.property(
        comparators,
        single,
        single,
        (comparator, a, b) => isSameValue(comparator, a, b) === isSameValue(comparator, b, a),
      ),
    );
  });

  test('two numbers as far apart as the tolerance says are the same, and twice as far are not', () => {
    const apart = fc.double({ min: 0.01, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(apart, fc.integer({ min: -1_000, max: 1_000 }), (tolerance, number) => {
        expect(isSameValue({ tolerance }, number, number + tolerance)).toBe(true);
        expect(isSameValue({ tolerance }, number, number + 2 * tolerance)).toBe(false);
      }),
    );
  });
});
