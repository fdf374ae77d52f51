// Checkpoints at size: one large batch, and many small ones, finished by many people at once.
import { vitestItem } from './vitest-item.js';

const test = ['--project', 'shared', 'test/api/checkpoint-races.test.ts'];

const item = (name: string, batches: number, items: number, people: number) =>
  vitestItem({
    name,
    minutes: 25,
    tests: test,
    sizes: { CHECKPOINT_BATCHES: batches, CHECKPOINT_ITEMS: items },
    what: {
      what: `checkpoints of ${String(batches)} batches of ${String(items)} items, finished by ${String(people)} people: each fires once`,
      size: `${String(batches * items)} items`,
      target: 'each once',
    },
    otherwise: 'not each once',
  });

export const largeCheckpoint = item('checkpoint-large', 1, 2_000, 50);
export const smallCheckpoints = item('checkpoint-small', 100, 10, 10);

export const checkpointCrossings = vitestItem({
  name: 'checkpoint-crossings',
  minutes: 60,
  tests: [
    '--project',
    'shared',
    '--project',
    'system',
    'test/api/checkpoint-crossings.test.ts',
    'test/system/checkpoint-crossing-kills.test.ts',
  ],
  sizes: { CHECKPOINT_CROSSINGS: 100, CHECKPOINT_KILLS: 20 },
  what: {
    what: 'checkpoints of 100 batches of 4 items that are reopened and run again meanwhile, once as they are and once over 20 kill -9 of the worker: each fires once, with each item once',
    size: '800 items',
    target: 'each once',
  },
  otherwise: 'not each once',
});
