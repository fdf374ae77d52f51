// What changed between two JSON values, as operations of a JSON Patch (RFC 6902) that tell also what was there before.
import { canonicalJson } from './canonical-json.js';
import { isObject } from './json.js';
import { pointerTo } from './json-pointer.js';

export type JsonChange =
  | { op: 'add'; path: string; value: unknown }
  | { op: 'remove'; path: string; before: unknown }
  | { op: 'replace'; path: string; value: unknown; before: unknown };

type Json = Record<string, unknown>;

const areEqual = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

function objectChanges(before: Json, after: Json, path: string): JsonChange[] {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return [
    ...removed.map((name): JsonChange => ({ op: 'remove', path: pointerTo(path, name), before: before[name] })),
    ...Object.entries(after).flatMap(([name, value]): JsonChange[] =>
      Object.hasOwn(before, name)
        ? jsonDiff(before[name], value, pointerTo(path, name))
        : [{ op: 'add', path: pointerTo(path, name), value }],
    ),
  ];
}

/** How many elements are the same from one end on. */
function common(length: number, isSame: (index: number) => boolean): number {
  let count = 0;
  while (count < length && isSame(count)) count += 1;
  return count;
}

/** What lies between a common beginning and a common end is compared one by one; the rest was added or removed there. */
function listChanges(before: readonly unknown[], after: readonly unknown[], path: string): JsonChange[] {
  const shorter = Math.min(before.length, after.length);
  const start = common(shorter, (index) => areEqual(before[index], after[index]));
  const end = common(shorter - start, (index) => areEqual(before.at(-1 - index), after.at(-1 - index)));
  const pairs = shorter - start - end;
  const paired = Array.from({ length: pairs }, (_, index) => start + index);
  const removed = before.slice(start + pairs, before.length - end);
  const added = after.slice(start + pairs, after.length - end);
  const from = start + pairs;
  return [
    ...paired.flatMap((index) => jsonDiff(before[index], after[index], pointerTo(path, index))),
    // From the last one on, so that each index still is right when its turn comes.
    ...removed
      .map((value, index): JsonChange => ({ op: 'remove', path: pointerTo(path, from + index), before: value }))
      .reverse(),
    ...added.map((value, index): JsonChange => ({ op: 'add', path: pointerTo(path, from + index), value })),
  ];
}

/** Applied to `before`, in order, the changes give `after`. */
export function jsonDiff(before: unknown, after: unknown, path = ''): JsonChange[] {
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  if (isObject(before) && isObject(after)) return objectChanges(before, after, path);
  return areEqual(before, after) ? [] : [{ op: 'replace', path, value: after, before }];
}
