// What workers build the workflow bundle from. core/ is pure, so all workflows of a thread share one copy of it (ADR 14): loaded
// anew for each, its code would never be warm. The SDK freezes what it exports, and lint allows it no state of its own.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));

export const workflowBundle = {
  workflowsPath: path('workflows/index.ts'),
  bundlerOptions: {
    preloadModules: readdirSync(path('core'))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path(`core/${file}`)),
  },
} satisfies Pick<WorkerOptions, 'workflowsPath' | 'bundlerOptions'>;
