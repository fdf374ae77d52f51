// Migrations of many open cycles: dry run and run agree, and all tasks come to their end.
import { vitestItem } from './vitest-item.js';

const cycles = 1_000;

export const migrations = vitestItem({
  name: 'migrations',
  minutes: 20,
  tests: ['--project', 'shared', 'test/api/migrations.test.ts'],
  sizes: { MIGRATED_CYCLES: cycles },
  what: {
    what: 'open cycles moved to another version',
    size: cycles.toLocaleString('en'),
    target: 'as the dry run said, none stuck',
  },
  otherwise: 'a test fails',
});
