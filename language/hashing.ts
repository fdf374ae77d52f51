// Hashes of requests, keys and values, and the ids that are made of hashes.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The same for the same parts: whoever makes a thing again finds the one that is there. Never changes: these ids are in databases. */
export function derivedId(prefix: string, ...parts: readonly (string | number)[]): string {
  return `${prefix}_${sha256(parts.join('\n')).slice(0, 32)}`;
}

/** The same for equal JSON values, whatever the order of their keys. */
export function hashOfValues(values: unknown): string {
  return sha256(canonicalJson(values));
}
