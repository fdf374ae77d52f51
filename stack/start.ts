// `npm start`: the whole of Taskloom on this machine, kept running until Ctrl-C.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Demo } from './demo.js';
import { seedDemo } from './demo.js';
import { readStackEnv } from './environment.js';
import { keepRunning } from './keep-running.js';
import { keepPorts, keptOperatorKey, keptPorts } from './kept.js';
import { bringUp } from './stack.js';
import type { Stack } from './stack.js';
import { takeStartLock } from './start-lock.js';

const preferredPorts = { api: 7400, ui: 7401, temporal: 7233, postgres: 54330 };
const sameKeyPressMs = 1_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const dataDir = relative(process.cwd(), `${root}.taskloom`) || '.';
const say = (line: string): void => {
  console.log(line);
};

process.exitCode = await main();
// A closed pipe or timer of some library must not keep us from ending.
process.exit();

async function main(): Promise<number> {
  const lock = takeStartLock(dataDir, fileURLToPath(import.meta.url));
  if ('heldAt' in lock) {
    say(`Taskloom is already running in this clone${lock.heldAt ? ` at ${lock.heldAt}` : ', or just starting'}.`);
    return 1;
  }
  const stopping = new AbortController();
  const asked = stopAsked(stopping);
  try {
    return await serve(stopping, asked, (url) => {
      lock.announce(url);
    });
  } catch (error) {
    if (!stopping.signal.aborted) {
      console.error(error instanceof Error ? error.message : error);
      return 1;
    }
    say('Stopped.');
    return 0;
  } finally {
    lock.release();
  }
}

async function serve(
  stopping: AbortController,
  asked: Promise<void>,
  announce: (url: string) => void,
): Promise<number> {
  const { signal } = stopping;
  const { databaseUrl, temporalAddress, namespace, operatorKey: givenKey, verbose } = readStackEnv();
  const operatorKey = givenKey ?? keptOperatorKey(dataDir);
  let reason: string | undefined;
  let giveUp = (): void => undefined;
  const pointless = new Promise<void>((resolve) => (giveUp = resolve));
  const onExit = keepRunning({
    say,
    giveUp: (why) => {
      reason = why;
      giveUp();
    },
    isStopping: () => signal.aborted,
  });
  const ports = keptPorts(dataDir, preferredPorts);
  const given = { databaseUrl, temporalAddress, namespace, operatorKey, verbose };
  const stack = await bringUp({ ...given, dataDir, ports, say, onExit, signal });
  keepPorts(dataDir, stack);
  announce(stack.apiUrl);
  const seeded = seedDemo({ apiUrl: stack.apiUrl, operatorKey, dataDir, say }).then((demo) => {
    printAddresses(stack, demo);
  });
  try {
    await Promise.race([seeded, asked]);
    await Promise.race([asked, pointless]);
  } finally {
    stopping.abort();
    say(reason === undefined ? 'Stopping …' : `${reason} Stopping …`);
    await stack.stop();
  }
  say('Stopped.');
  return reason === undefined ? 0 : 1;
}

function printAddresses(stack: Stack, demo: Demo): void {
  say('');
  say(`API              ${stack.apiUrl}`);
  if (stack.uiUrl !== undefined) say(`Temporal Web UI  ${stack.uiUrl}`);
  say(`Operator key     in ${dataDir}/operator-key`);
  say(`Demo keys        admin ${demo.admin}`);
  say(`                 annotator ${demo.annotator}`);
  say(`                 reviewer ${demo.reviewer}`);
  say('');
  say('Claim a task as the annotator:');
  say(
    `  curl -X POST -H "Authorization: Bearer ${demo.annotator}" ${stack.apiUrl}/v1/pipelines/${demo.pipelineId}/claim-next`,
  );
  say('');
  say('Ctrl-C stops everything; the data stays.');
}

/** Resolves at the first request to stop; a second one, a while later, does not wait for an orderly end. */
function stopAsked(stopping: AbortController): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onAsked = (): void => {
      // npm and the terminal may both pass on one press of Ctrl-C.
      if (firstAt !== undefined && Date.now() - firstAt > sameKeyPressMs) process.exit(1);
      firstAt ??= Date.now();
      stopping.abort(new Error('stopped'));
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onAsked);
    // The bootstrap's end, even by kill -9, closes the channel to it.
    process.on('disconnect', onAsked);
    process.channel?.unref();
  });
}
