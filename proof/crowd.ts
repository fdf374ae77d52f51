// Recorded answers of real crowds, all of them: the majority of their votes is a published figure.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../simulate/simulate.js';
import { simulate } from '../simulate/simulate.js';
import { ownStack } from '../test/support/own-stack.js';
import { errorLines } from './error-lines.js';
import type { Figure, Item } from './item.js';
import { held, published } from './item.js';

interface Crowd {
  name: string;
  answers: number;
  tasks: number;
  /** As `simulate` reports it: a share of 1, rounded to four digits. */
  accuracy: number;
  ties: number;
  minutes: number;
}

const concurrency = 32;
const percent = (share: number | undefined): string => `${((share ?? Number.NaN) * 100).toFixed(2)} %`;
const list = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${String(count)} ${name}`)
    .join(', ') || 'none';

function figuresOf(crowd: Crowd, report: Report): Figure[] {
  const size = `${String(crowd.answers)} answers`;
  const { statuses, accuracy, ties, actions, rejections, seconds, actionsPerSecond, latencyMs } = report;
  const isFinished = statuses['finished'] === crowd.tasks && report.tasks === crowd.tasks && report.open === 0;
  const accepted = actions === 2 * crowd.answers && Object.keys(rejections).length === 0;
  return [
    held(isFinished, { what: 'tasks', size, figure: list(statuses), target: `${String(crowd.tasks)} finished` }),
    held(accuracy === crowd.accuracy, {
      what: 'accuracy of the majority',
      size,
      figure: percent(accuracy),
      target: percent(crowd.accuracy),
    }),
    held(ties === crowd.ties, { what: 'ties', size, figure: String(ties), target: String(crowd.ties) }),
    held(accepted, {
      what: 'actions accepted',
      size,
      figure: `${String(actions)}, rejections: ${list(rejections)}`,
      target: `${String(2 * crowd.answers)}, none rejected`,
    }),
    published({
      what: `throughput at ${String(concurrency)} at once`,
      size,
      figure: `${String(actionsPerSecond)} actions/s in ${seconds.toFixed(0)} s, p50 ${String(latencyMs.p50)} ms, p99 ${String(latencyMs.p99)} ms`,
    }),
  ];
}

export function crowdItem(crowd: Crowd): Item {
  const folder = fileURLToPath(new URL(`../../shared/crowd/${crowd.name}`, import.meta.url));
  const files = { answers: `${folder}/answer.csv`, truth: `${folder}/truth.csv` };
  return {
    name: crowd.name,
    boundMs: crowd.minutes * 60_000,
    async run(signal, say) {
      if (!existsSync(files.answers) || !existsSync(files.truth)) {
        const size = `${String(crowd.answers)} answers`;
        return [held(false, { what: 'all', size, figure: 'not run: the data are not there', target: 'run' })];
      }
      const own = await ownStack();
      try {
        const { apiUrl, dataDir } = own.stack;
        const report = await simulate({ ...files, concurrency, signal, say, url: apiUrl, key: own.operatorKey });
        say(`asked again: ${list(report.retries)}`);
        const figures = figuresOf(crowd, report);
        // The logs go with the stack, and a miss without its cause is of little use.
        if (figures.some(({ verdict }) => verdict === 'missed')) errorLines(join(dataDir, 'logs')).forEach(say);
        return figures;
      } finally {
        await own.stop();
      }
    },
  };
}
