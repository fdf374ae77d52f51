// JSON pointers (RFC 6901): how a field of submitted values is named.

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~');

export const pointerTo = (at: string, name: string | number): string => `${at}/${escaped(String(name))}`;

/** A top-level field may be named without the slash. */
export const asPointer = (field: string): string => (field.startsWith('/') ? field : pointerTo('', field));

/** What a pointer names; undefined where there is nothing. */
export function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = unescaped(part);
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    if (Array.isArray(at) && name === 'length') return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
