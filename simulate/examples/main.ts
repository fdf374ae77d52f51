// npm run examples [-- --json] [--only name,name]: plays every example on one stack; see usage below.
import { parseArgs } from 'node:util';
import { readArgs } from '../arguments.js';
import { InputProblem } from '../problems.js';
import { serverFor } from '../server.js';
import { stopSignal } from '../stop-signal.js';
import { uncovered } from './coverage.js';
import { exampleNames, examplesFolder, modelsOf } from './folder.js';
import type { ExampleResult } from './play-example.js';
import { playExample } from './play-example.js';
import { complaints, jsonLine, table } from './report.js';

const usage = `npm run examples [-- --json] [--only NAME,NAME]

Plays every folder of examples/ on a stack of its own, and compares how it ends with its expect.yaml.

  --only NAME,NAME     these examples only
  --json               the last line of the output is the results as one JSON array

Ends with 0; 1 where an example does not end as it expects, or where all were played and no one shows a kind of node or
a status that there is; 2 where what was asked for is not there.`;

const exits = { done: 0, failed: 1, input: 2 } as const;

const options = {
  json: { type: 'boolean', default: false },
  only: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const say = (line: string): void => {
  console.error(line);
};

async function playAll(names: readonly string[], signal: AbortSignal): Promise<ExampleResult[]> {
  const models = await modelsOf(examplesFolder, names);
  const server = await serverFor({ url: undefined, key: undefined, models, signal, say });
  const results: ExampleResult[] = [];
  try {
    const { url, key } = server;
    for (const name of names) {
      const result = await playExample(name, { folder: examplesFolder, url, key, signal, say });
      results.push(result);
      say(`examples/${name}: ${result.ok ? 'ok' : 'failed'}, ${result.seconds.toFixed(1)} s`);
      for (const line of complaints(result)) say(line);
    }
  } finally {
    await server.stop();
  }
  return results;
}

async function main(signal: AbortSignal): Promise<number> {
  const { help, only, json } = readArgs(() => parseArgs({ options }).values, usage);
  if (help) {
    console.log(usage);
    return exits.done;
  }
  const chosen = only?.split(',').map((name) => name.trim());
  const results = await playAll(exampleNames(examplesFolder, chosen), signal);
  // What was left out may be what shows it.
  const gaps = chosen ? [] : uncovered(results);
  for (const line of gaps) say(`examples: ${line}`);
  if (json) console.log(jsonLine(results));
  else for (const line of table(results)) console.log(line);
  return results.every(({ ok }) => ok) && gaps.length === 0 ? exits.done : exits.failed;
}

function exitOf(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) {
    say('Stopped.');
    return exits.failed;
  }
  if (error instanceof InputProblem) {
    for (const line of [error.message, ...error.problems]) say(line);
    return exits.input;
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exits.failed;
}

const signal = stopSignal();
process.exitCode = await main(signal).catch((error: unknown) => exitOf(error, signal));
// A kept connection or a timer of some library must not keep us from ending.
process.exit();
