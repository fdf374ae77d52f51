// npm run simulate -- --pipeline FILE --tasks FILE.csv [--crew FILE.yaml] … ; see usage below.
import { parseArgs } from 'node:util';
import { readArgs } from './arguments.js';
import { InputProblem, PatienceEnded } from './problems.js';
import { defaults, simulate } from './simulate.js';
import type { Report, SimulateOptions } from './simulate.js';
import { stopSignal } from './stop-signal.js';
import { summary } from './summary.js';

const usage = `npm run simulate -- --pipeline FILE --tasks FILE.csv [--crew FILE.yaml]
npm run simulate -- --answers FILE.csv [--truth FILE.csv]

  --pipeline FILE      pipeline definition, YAML or JSON
  --tasks FILE.csv     tasks to import, or FILE.jsonl with one a line; "gold" is what is right
  --entry FILE.yaml    how tasks get in other than by an import: seeders and triggers (docs/simulate.md)
  --further FILE       a pipeline to publish before that one, as its tasks are chained to it; may be given again
  --crew FILE.yaml     synthetic people (simulate/crew.ts says how); default: a usual crew
  --answers FILE.csv   recorded answers instead of a crew: task, worker, answer by column position.
                       Without --pipeline and --tasks both are made of it
  --models FILE.yaml   what the models say that a stack of its own asks (docs/simulate.md)
  --truth FILE.csv     task, truth by column position
  --seed N             default ${defaults.seed}
  --concurrency N      requests at once, default ${defaults.concurrency}
  --patience S         seconds that the server may be away or open tasks may stand still, default ${defaults.patienceMs / 1_000}
  --url URL --key KEY  a running server and an admin's or the operator's key; default: a stack of its own
  --json               the last line of the output is the report as one JSON object

Ends with 0; 2 where what was given can't be rehearsed; 3 where patience ended with open tasks.`;

const exits = { done: 0, failed: 1, input: 2, patience: 3 } as const;

const options = {
  pipeline: { type: 'string' },
  tasks: { type: 'string' },
  entry: { type: 'string' },
  further: { type: 'string', multiple: true },
  crew: { type: 'string' },
  answers: { type: 'string' },
  models: { type: 'string' },
  truth: { type: 'string' },
  seed: { type: 'string' },
  concurrency: { type: 'string' },
  patience: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new InputProblem(`--${name} takes a whole number from ${least}`);
  return value;
}

const say = (line: string): void => {
  console.error(line);
};

function print(report: Report, json: boolean): void {
  for (const line of summary(report)) (json ? console.error : console.log)(line);
  if (json) console.log(JSON.stringify(report));
}

async function main(signal: AbortSignal): Promise<number> {
  const args = readArgs(() => parseArgs({ options }).values, usage);
  if (args.help) {
    console.log(usage);
    return exits.done;
  }
  const patience = whole('patience', args.patience, 1);
  const given: SimulateOptions = {
    ...args,
    seed: whole('seed', args.seed, 0),
    concurrency: whole('concurrency', args.concurrency, 1),
    patienceMs: patience === undefined ? undefined : patience * 1_000,
    say,
    screen: process.stderr,
    signal,
  };
  const report = await simulate(given);
  print(report, args.json);
  if (report.open === 0) return exits.done;
  say(`Patience ended with ${report.open} open tasks.`);
  return exits.patience;
}

function exitOf(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) {
    say('Stopped.');
    return exits.failed;
  }
  if (error instanceof PatienceEnded) {
    say(`Patience ended: ${error.message}`);
    return exits.patience;
  }
  if (error instanceof InputProblem) {
    say(error.message);
    for (const problem of error.problems) say(`  ${problem}`);
    return exits.input;
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exits.failed;
}

const signal = stopSignal();
process.exitCode = await main(signal).catch((error: unknown) => exitOf(error, signal));
// A kept connection or a timer of some library must not keep us from ending.
process.exit();
