// Opaque ids. Most sort by the time they were made, so that keyset pages follow creation.
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import type { Keyed } from './idempotency.js';

export type IdPrefix = 'prj' | 'mem' | 'key' | 'pip' | 'ver' | 'bat' | 'tsk' | 'chg';

export function newId(prefix: IdPrefix): string {
  return `${prefix}_${v7().replaceAll('-', '')}`;
}

/** The same for every try of a request, and sorted by when it was first asked. */
export function idFor(prefix: IdPrefix, { updateId, firstAskedAt }: Pick<Keyed, 'updateId' | 'firstAskedAt'>): string {
  const random = createHash('sha256').update(updateId).digest();
  return `${prefix}_${v7({ msecs: firstAskedAt.getTime(), random }).replaceAll('-', '')}`;
}

/** The same for every try of a request, in no order: for what is kept with something else, so that a retry adds nothing. */
export function ownIdFor(prefix: 'sub' | 'thr' | 'com', updateId: string): string {
  return `${prefix}_${updateId.replaceAll('-', '').slice(0, 32)}`;
}
