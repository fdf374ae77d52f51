// How work gets in, at full size: a file and a seeder over kills, and what a seeder keeps available while a crew drains it.
import type { Item } from './item.js';
import { vitestItem } from './vitest-item.js';

const rows = 10_000;
const seconds = 120;

export const entry: Item[] = [
  vitestItem({
    name: 'entry-kills',
    minutes: 60,
    tests: ['--project', 'system', 'test/system/entry-kills.test.ts'],
    sizes: { TASKLOOM_ENTRY_ROWS: rows },
    what: {
      what: 'kill -9 of the API and the worker amid an import that is sent twice, and of the worker amid seeding: cycles per row',
      size: `${String(rows)} rows`,
      target: '1',
    },
    otherwise: 'fewer or more',
  }),
  vitestItem({
    name: 'seeder-pace',
    minutes: 15,
    tests: ['--project', 'timed', 'test/system/pace.test.ts', '-t', 'keeps 200'],
    sizes: { TASKLOOM_SEEDER_SECONDS: seconds },
    what: {
      what: 'tasks available of 200 that a seeder keeps while 20 a second are taken, before and after a pause',
      size: `${String(seconds)} s each`,
      target: 'never 0, mean within 5 %, never above 1.05 × 200',
    },
    otherwise: 'outside of that',
  }),
];
