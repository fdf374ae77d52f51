import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonChange } from '../../core/json-diff.js';
import { jsonDiff } from '../../core/json-diff.js';
import { asPointer, pointerTo, valueAt } from '../../core/json-pointer.js';
import { propertyRuns } from '../support/property-runs.js';

/** As RFC 6902 says it, by somebody who has not read how the changes were found. */
function applied(document: unknown, changes: readonly JsonChange[]): unknown {
  return changes.reduce<unknown>((value, change) => {
    const names = change.path
      .split('/')
      .slice(1)
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.at(-1);
    if (last === undefined) return 'value' in change ? change.value : undefined;
    const copy = structuredClone(value);
    const parent = names.slice(0, -1).reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], copy);
    if (Array.isArray(parent)) {
      const index = Number(last);
      if (change.op === 'remove') parent.splice(index, 1);
      else parent.splice(index, change.op === 'add' ? 0 : 1, change.value);
      return copy;
    }
    const object = parent as Record<string, unknown>;
    if (change.op === 'remove') Reflect.deleteProperty(object, last);
    else
      Object.defineProperty(object, last, {
        value: change.value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    return copy;
  }, document);
}

/** Close to each other, as two visits are: few names, few values. */
const { value: form } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1, 'cat', 'dog', ''),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'a/b', 'm~n', '', '0'), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
}));

describe('A diff', () => {
  test('applied to the older value gives the newer one', () => {
    fc.assert(
      fc.property(form, form, (before, after) => {
        expect(applied(before, jsonDiff(before, after))).toEqual(after);
      }),
      { ...propertyRuns, numRuns: propertyRuns.numRuns * 10 },
    );
  });

  test('of equal values is empty, and of others is not', () => {
    fc.assert(
      fc.property(form, form, (a, b) => {
        expect(jsonDiff(a, structuredClone(a))).toEqual([]);
        expect(jsonDiff(a, b).length === 0).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      }),
      propertyRuns,
    );
  });

  test('tells what was there before', () => {
    fc.assert(
      fc.property(form, form, (before, after) => {
        const [first] = jsonDiff(before, after);

        if (first && first.op !== 'add') expect(first.before).toEqual(valueAt(before, first.path));
      }),
      propertyRuns,
    );
  });

  test('names fields by pointers, and keeps lists whole that grew or shrank in one place', () => {
    const before = { label: 'cat', 'a/b': 1, boxes: [[1], [2], [3]], note: 'x' };
    const after = { label: 'dog', 'a/b': 2, boxes: [[1], [3]], size: 4 };

    expect(jsonDiff(before, after)).toEqual([
      { op: 'remove', path: '/note', before: 'x' },
      { op: 'replace', path: '/label', value: 'dog', before: 'cat' },
      { op: 'replace', path: '/a~1b', value: 2, before: 1 },
      { op: 'remove', path: '/boxes/1', before: [2] },
      { op: 'add', path: '/size', value: 4 },
    ]);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(sorted)];
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return ['object', ...fields.map(([name, field]) => [name, sorted(field)])];
}

describe('A pointer', () => {
  const values = { label: 'cat', 'a/b': { 'm~n': [10, 20] } };

  test('names what is there', () => {
    expect(valueAt(values, '/label')).toBe('cat');
    expect(valueAt(values, '/a~1b/m~0n/1')).toBe(20);
    expect(valueAt(values, '')).toBe(values);
  });

  test('names nothing where there is nothing, whatever every object has', () => {
    for (const pointer of ['/other', '/label/0', '/constructor', '/__proto__', '/a~1b/m~0n/length', '/a~1b/m~0n/2']) {
      expect(valueAt(values, pointer), pointer).toBeUndefined();
    }
  });

  test('is made of names', () => {
    expect(pointerTo('/list', 'a/b~c')).toBe('/list/a~1b~0c');
    expect([asPointer('label'), asPointer('/label')]).toEqual(['/label', '/label']);
  });
});
