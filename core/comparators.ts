// When two values of a compared field are the same. What a comparator is not made for, it compares exactly.
import { canonicalJson } from './canonical-json.js';
import type { Comparator } from './pipeline.js';

type Json = Record<string, unknown>;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Canonical JSON of its other fields, such as a label: boxes that differ in them never match. */
  rest: string;
}

const exact = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/** Text without regard to case; lists of texts one by one. */
function folded(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC').toUpperCase().toLowerCase();
  return Array.isArray(value) ? value.map(folded) : value;
}

/** Numbers that differ by at most `most`; a billionth more is taken for the arithmetic's own error. */
function isNear(a: unknown, b: unknown, most: number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return exact(a, b);
  return Math.abs(a - b) <= most + 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Lists with the same members, whatever their order and however often each is named. */
function isSameSet(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return exact(a, b);
  const [left, right] = [a, b].map((list: unknown[]) => [...new Set(list.map(canonicalJson))].sort());
  return exact(left, right);
}

function boxOf(value: unknown): Box | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { x, y, width, height, ...rest } = value as Json;
  const sides = [x, y, width, height];
  if (!sides.every((side) => typeof side === 'number' && Number.isFinite(side))) return undefined;
  const [left, top, wide, high] = sides as [number, number, number, number];
  return wide < 0 || high < 0 ? undefined : { x: left, y: top, width: wide, height: high, rest: canonicalJson(rest) };
}

/** A box is a list of one. */
function boxesOf(value: unknown): Box[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const boxes = list.map(boxOf).filter((box) => box !== undefined);
  return boxes.length === list.length ? boxes : undefined;
}

const shared = (from: number, length: number, otherFrom: number, otherLength: number): number =>
  Math.max(0, Math.min(from + length, otherFrom + otherLength) - Math.max(from, otherFrom));

/** The area two boxes share, of the area they cover together: 0 to 1. */
function overlapOf(a: Box, b: Box): number {
  if (a.rest !== b.rest) return 0;
  if (a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height) return 1;
  const both = shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height);
  const covered = a.width * a.height + b.width * b.height - both;
  return covered > 0 ? both / covered : 0;
}

/**
 * Boxes are matched greedily: the pair that overlaps most is taken first, then the best of those left, and so on; of equal
 * pairs the one that is listed first. The values are the same where every box has a partner and each pair reaches `least`.
 */
function isSamePlace(a: unknown, b: unknown, least: number): boolean {
  const [left, right] = [boxesOf(a), boxesOf(b)];
  if (!left || !right) return exact(a, b);
  if (left.length !== right.length) return false;
  const pairs = left
    .flatMap((box, from) => right.map((other, to) => ({ from, to, overlap: overlapOf(box, other) })))
    .filter(({ overlap }) => overlap >= least)
    .sort((p, q) => q.overlap - p.overlap || p.from - q.from || p.to - q.to);
  const [matched, partners] = [new Set<number>(), new Set<number>()];
  for (const { from, to } of pairs) {
    if (matched.has(from) || partners.has(to)) continue;
    matched.add(from);
    partners.add(to);
  }
  return matched.size === left.length;
}

export function isSameValue(comparator: Comparator, a: unknown, b: unknown): boolean {
  if (comparator === 'exact') return exact(a, b);
  if (comparator === 'caseFold') return exact(folded(a), folded(b));
  if (comparator === 'set') return isSameSet(a, b);
  return 'tolerance' in comparator ? isNear(a, b, comparator.tolerance) : isSamePlace(a, b, comparator.iou);
}
