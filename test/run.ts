// `npm test`: runs all tests and ends with one plain line that any CI can read.
import type { TestCase, TestModule, TestSuite } from 'vitest/node';
import { startVitest } from 'vitest/node';

const filters = process.argv.slice(2);
const began = performance.now();
const vitest = await startVitest('test', filters, { watch: false, run: true });
const files = vitest.state.getTestModules();
let [passed, failed, skipped] = [0, 0, 0];
for (const file of files) {
  // What failed before its tests began, or after them: they count as skipped, or as passed.
  const isFailedElsewhere = file.state() === 'failed' && [...file.children.allTests('failed')].length === 0;
  if (isFailedElsewhere) failed += 1;
  for (const test of file.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') passed += 1;
    else if (state === 'failed') failed += 1;
    else skipped += 1;
  }
}
failed += vitest.state.getUnhandledErrors().length;
const notRun = files.flatMap(skippedIn);
await vitest.close();
if (skipped > 0) console.log([`${String(skipped)} skipped:`, ...notRun].join('\n  '));
console.log(`Took ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
console.log(`${String(passed)} passed, ${String(failed)} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

function isSkipped(test: TestCase): boolean {
  return !['passed', 'failed'].includes(test.result().state);
}

/** Names with reasons; a block of which nothing ran is one line. */
function skippedIn({ children }: TestModule | TestSuite): string[] {
  return children.array().flatMap((child) => {
    const tests = child.type === 'suite' ? [...child.children.allTests()] : [child];
    if (tests.every(isSkipped)) return [`${child.module.relativeModuleId} > ${child.fullName}${reasonsOf(tests)}`];
    return child.type === 'suite' ? skippedIn(child) : [];
  });
}

/** A block has its reason in its name, a test that finds one only when it runs says it in a note. */
function reasonsOf(tests: readonly TestCase[]): string {
  const results = tests.map((test) => test.result());
  const notes = new Set(results.flatMap((result) => (result.state === 'skipped' ? (result.note ?? []) : [])));
  return notes.size === 0 ? '' : `: ${[...notes].join('; ')}`;
}
