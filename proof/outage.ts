// Postgres away for a whole minute: the test of `npm test`, at its full length.
import { runTestFile } from '../test/support/vitest-run.js';
import type { Item } from './item.js';
import { held } from './item.js';

const seconds = 60;
const kinds = ['refused', 'black-holed'];

export const outage: Item = {
  name: 'postgres-outage',
  boundMs: 10 * 60_000,
  async run(signal) {
    const file = 'test/system/postgres-outage.test.ts';
    const outcomes = await runTestFile(file, { TASKLOOM_OUTAGE_SECONDS: String(seconds) }, signal);
    return kinds.map((kind) => {
      const outcome = outcomes.find(({ name }) => name.includes(`Postgres ${kind}`));
      return held(outcome?.passed === true, {
        what: `Postgres ${kind}: unrelated answers at once, and 60 commands in flight answered within 5 s of its return`,
        size: `${String(seconds)} s, 60 commands`,
        figure: outcome?.passed === true ? 'passed' : `failed: ${outcome?.why ?? outcomes[0]?.why ?? 'not run'}`,
        target: 'passed',
      });
    });
  },
};
