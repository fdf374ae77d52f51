// A strict review wants every field that it failed changed, or a word on why not.
import { canonicalJson } from './canonical-json.js';
import { asPointer, valueAt } from './json-pointer.js';

/** Pointers of the failed fields that are as they were and have no answer. */
export function unchangedFields(
  before: unknown,
  after: unknown,
  failed: readonly string[],
  answers: Readonly<Record<string, string>>,
): string[] {
  return [...new Set(failed.map(asPointer))].filter((pointer) => {
    const isSame = canonicalJson(valueAt(before, pointer)) === canonicalJson(valueAt(after, pointer));
    return isSame && !Object.hasOwn(answers, pointer);
  });
}
