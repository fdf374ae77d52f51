// `npm test`: runs all tests and ends with one plain line that any CI can read.
import { startVitest } from 'vitest/node';

const filters = process.argv.slice(2);
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
await vitest.close();
if (skipped > 0) console.log(`${String(skipped)} skipped, each with its reason`);
console.log(`${String(passed)} passed, ${String(failed)} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
