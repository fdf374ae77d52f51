// Hashes of requests, keys and values.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The same for equal JSON values, whatever the order of their keys. */
export function hashOfValues(values: unknown): string {
  return sha256(canonicalJson(values));
}
