// Versions and migrations with many open cycles: old ones end on the old structure and new ones on the new one; dry run and run
// agree, and all tasks come to their end.
import { vitestItem } from './vitest-item.js';

const cycles = 1_000;

export const migrations = vitestItem({
  name: 'migrations',
  minutes: 30,
  tests: ['--project', 'shared', 'test/api/migrations.test.ts'],
  sizes: { MIGRATED_CYCLES: cycles },
  what: {
    what: 'open cycles while a version is published, and moved to it',
    size: cycles.toLocaleString('en'),
    target: 'each on its structure, as the dry run said, none stuck',
  },
  otherwise: 'a test fails',
});
