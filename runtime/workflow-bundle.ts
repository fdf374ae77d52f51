// What workers build the workflow bundle from. All workflows of a thread share one copy of our code (ADR 14): loaded anew for each, it
// would never be warm. Lint allows it no state of its own.
import { fileURLToPath } from 'node:url';
import type { BundleOptions, WorkerOptions } from '@temporalio/worker';

type WebpackConfigHook = NonNullable<BundleOptions['webpackConfigHook']>;
type WebpackConfig = Parameters<WebpackConfigHook>[0];

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

/** One function instead of a module per file: what another file exports is then a name in scope, not a getter. */
function joinModules(config: WebpackConfig): WebpackConfig {
  return {
    ...config,
    optimization: { ...config.optimization, providedExports: true, concatenateModules: { commonjs: false } },
  };
}

const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

export const workflowBundle = {
  workflowsPath,
  bundlerOptions: {
    preloadModules: [workflowsPath],
    webpackConfigHook: (config) => joinModules(speakModernJavaScript(config)),
  },
} satisfies Pick<WorkerOptions, 'workflowsPath' | 'bundlerOptions'>;
