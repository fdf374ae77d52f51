// Lists: ?limit=&pageToken= → {items, nextPageToken}. Tokens are opaque and name the last item seen.
import { z } from 'zod';
import { Refusal } from '../problem.js';

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  pageToken: z.string().max(600).optional(),
});

export interface Page<T> {
  items: T[];
  nextPageToken: string | null;
}

const noneOfOurs = (): Refusal => new Refusal('INVALID_REQUEST', 'that pageToken is none of ours');

export function tokenOf(cursor: string): string {
  return Buffer.from(cursor).toString('base64url');
}

/** The cursor of a token, or the empty string at the beginning. */
export function cursorOf(pageToken: string | undefined): string {
  if (pageToken === undefined) return '';
  const cursor = Buffer.from(pageToken, 'base64url').toString();
  if (tokenOf(cursor) !== pageToken) throw noneOfOurs();
  return cursor;
}

/** The place in a numbered list that a token names. */
export function placeOf(pageToken: string | undefined): number {
  const place = Number(cursorOf(pageToken));
  if (!Number.isSafeInteger(place)) throw noneOfOurs();
  return place;
}

/** The cursor of more than one part that a token names, or undefined at the beginning. */
export function readToken<T>(shape: z.ZodType<T>, pageToken: string | undefined): T | undefined {
  if (pageToken === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(cursorOf(pageToken)));
  } catch {
    throw noneOfOurs();
  }
}

/** Makes a page of one item more than was asked for. */
export function pageOf<T>(rows: readonly T[], limit: number, cursor: (item: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextPageToken: rows.length > limit && last !== undefined ? tokenOf(cursor(last)) : null };
}
