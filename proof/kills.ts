// kill -9 of each part of a durable stack in the middle of one rehearsal.
import { join } from 'node:path';
import type { Kill, KillReport, PartName } from '../test/support/kill-rehearsal.js';
import { rehearseWithKills } from '../test/support/kill-rehearsal.js';
import { ownStack } from '../test/support/own-stack.js';
import { errorLines } from './error-lines.js';
import type { Figure, Item } from './item.js';
import { held } from './item.js';

const tasks = 300;
const parts: PartName[] = ['worker', 'API', 'Temporal', 'Postgres'];
const answerWithinMs = 15_000;
const size = `${String(tasks)} tasks`;
const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

const waitOf = ({ part, commands, longestWaitMs, startMs }: Kill): Figure =>
  held(commands > 0 && longestWaitMs <= answerWithinMs, {
    what: `kill -9 of ${part}: longest wait for an answer after the restart`,
    size: `${String(commands)} commands`,
    figure: `${seconds(longestWaitMs)} s (the restart itself ${seconds(startMs)} s)`,
    target: `≤ ${seconds(answerWithinMs)} s`,
  });

function figuresOf({ report, kills, disagreements }: KillReport): Figure[] {
  const first = disagreements[0] ?? '';
  return [
    ...kills.map(waitOf),
    held(report.tasks === tasks && report.open === 0, {
      what: 'tasks ended or held',
      size,
      figure: String(report.tasks - report.open),
      target: String(tasks),
    }),
    held(disagreements.length === 0, {
      what: 'commands lost or twice; differences between answers, Postgres, cycles and Temporal',
      size: `${String(report.actions)} actions`,
      figure: `${String(disagreements.length)}${first === '' ? '' : `, such as ${first}`}`,
      target: '0',
    }),
  ];
}

export const kills: Item = {
  name: 'kills',
  boundMs: 15 * 60_000,
  async run(signal, say) {
    const own = await ownStack({ durable: true });
    try {
      const outcome = await rehearseWithKills({ own, tasks, kills: parts, signal });
      outcome.disagreements.forEach(say);
      return figuresOf(outcome);
    } catch (error) {
      // The logs go with the stack, and a failure without its cause is of little use.
      errorLines(join(own.stack.dataDir, 'logs')).forEach(say);
      throw error;
    } finally {
      await own.stop();
    }
  },
};
