// The properties of the interpreter, on new examples each time: what `npm test` tries 200 fixed ones of.
import { vitestItem } from './vitest-item.js';

const runsEach = 10_000;

export const properties = vitestItem({
  name: 'properties',
  minutes: 40,
  tests: ['--project', 'core', 'property'],
  sizes: { PROPERTY_RUNS: runsEach },
  what: {
    what: 'random pipelines, random people',
    size: `${runsEach.toLocaleString('en')} each, on new seeds`,
    target: 'all hold',
  },
  otherwise: 'one does not hold',
});
