// One isolated stack for all tests that do not break it: real Postgres, real Temporal, a worker and an API as processes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startModelServer } from '../../simulate/model-server.js';
import { exampleNames, examplesFolder, modelsOf } from '../../simulate/examples/folder.js';
import { mergeModels, modelsAt } from '../../simulate/models.js';
import { bringUp } from '../../stack/stack.js';
import { signingSecret, startHook } from './hook.js';
import { modelAnswers } from './model-answers.js';

export interface SharedStack {
  apiUrl: string;
  operatorKey: string;
  databaseUrl: string;
  temporalAddress: string;
  namespace: string;
  /** Answers what code nodes call. */
  hookUrl: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    stack: SharedStack;
  }
}

export const testOperatorKey = 'operator-key-for-tests';
export const testNamespace = 'taskloom-test';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ofExamples = await modelsOf(examplesFolder, exampleNames(examplesFolder));
  const models = await startModelServer(mergeModels([modelAnswers, ofExamples]));
  const hook = await startHook();
  const stack = await bringUp({
    namespace: testNamespace,
    operatorKey: testOperatorKey,
    env: {
      TASKLOOM_LOG_LEVEL: 'warn',
      TASKLOOM_MODELS: modelsAt(models.url),
      TASKLOOM_CALL_HOSTS: hook.host,
      TASKLOOM_SIGNING_SECRET: signingSecret,
    },
    say: (line) => {
      console.log(line);
    },
  });
  project.provide('stack', {
    apiUrl: stack.apiUrl,
    operatorKey: testOperatorKey,
    databaseUrl: stack.databaseUrl,
    temporalAddress: stack.temporal.address,
    namespace: testNamespace,
    hookUrl: hook.url,
  });
  return async () => {
    for (const file of readdirSync(join(stack.dataDir, 'logs'))) {
      const lines = readFileSync(join(stack.dataDir, 'logs', file), 'utf8').split('\n');
      // What a process called an error belongs to the test run's output: the folder is gone in a moment.
      for (const line of lines.filter((text) => /"level":[56]0|TMPRL|Error/.test(text)).slice(0, 20))
        console.error(`${file}: ${line.slice(0, 1_500)}`);
    }
    await stack.stop();
    await Promise.all([models.stop(), hook.stop()]);
  };
}
