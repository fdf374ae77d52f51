import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

// Forks, as the Temporal SDK's native part does not like worker threads.
const shared = { pool: 'forks' as const, environment: 'node' as const };

const broken = { ...shared, testTimeout: 300_000, hookTimeout: 400_000 };
const timed = ['pace', 'postgres-outage', 'kills'].map((name) => `test/system/${name}.test.ts`);

// Groups run one after another: two cores carry few stacks at a time.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'core',
          setupFiles: ['test/support/property-seed.ts'],
          include: ['test/core/**/*.test.ts', 'test/docs/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'stack',
          sequence: { groupOrder: 4 },
          include: ['test/stack/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 400_000,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      {
        // One stack for all of them: tests keep apart by project.
        test: {
          ...shared,
          name: 'shared',
          setupFiles: ['test/support/property-seed.ts'],
          sequence: { groupOrder: 1 },
          include: ['test/{api,db,workflows,replay,simulate}/**/*.test.ts'],
          globalSetup: ['test/support/shared-stack.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        // Each brings up a stack of its own, to break it. They mostly wait for what they broke to be back: two at a time.
        test: {
          ...broken,
          name: 'system',
          sequence: { groupOrder: 2 },
          include: ['test/system/**/*.test.ts'],
          exclude: timed,
          maxWorkers: 2,
        },
      },
      {
        // Those that measure have the machine for themselves.
        test: {
          ...broken,
          name: 'timed',
          sequence: { groupOrder: 3 },
          include: timed,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
    ],
  },
});
