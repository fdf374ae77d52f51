// What workers build the workflow bundle from. core/ is pure, so all workflows of a thread share one copy of it (ADR 14): loaded
// anew for each, its code would never be warm. The SDK freezes what it exports, and lint allows it no state of its own.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BundleOptions, WorkerOptions } from '@temporalio/worker';

type WebpackConfigHook = NonNullable<BundleOptions['webpackConfigHook']>;
type WebpackConfig = Parameters<WebpackConfigHook>[0];

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));

interface CompilerOptions {
  jsc: { target: string };
}

const isCompilerOptions = (options: unknown): options is CompilerOptions =>
  typeof options === 'object' && options !== null && 'jsc' in options;

/** The SDK compiles to ES 2017, where every object spread is a call of a helper; Node 20 has them in the language. */
function speakModernJavaScript(config: WebpackConfig): WebpackConfig {
  for (const rule of config.module?.rules ?? []) {
    const use = typeof rule === 'object' ? rule?.use : undefined;
    if (typeof use === 'object' && 'options' in use && isCompilerOptions(use.options)) {
      use.options.jsc.target = 'es2022';
    }
  }
  return config;
}

export const workflowBundle = {
  workflowsPath: path('workflows/index.ts'),
  bundlerOptions: {
    preloadModules: readdirSync(path('core'))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path(`core/${file}`)),
    webpackConfigHook: speakModernJavaScript,
  },
} satisfies Pick<WorkerOptions, 'workflowsPath' | 'bundlerOptions'>;
