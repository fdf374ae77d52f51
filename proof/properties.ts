// The properties of the interpreter, on new examples each time: what `npm test` tries 200 fixed ones of.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Item } from './item.js';
import { held } from './item.js';

const runsEach = 10_000;

export const properties: Item = {
  name: 'properties',
  boundMs: 40 * 60_000,
  async run(signal, say) {
    const command = ['npx', 'vitest', 'run', '--project', 'core', 'property'];
    const vitest = spawn('env', [`PROPERTY_RUNS=${String(runsEach)}`, ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal,
    });
    vitest.stdout.setEncoding('utf8').on('data', (text: string) => {
      say(text.trimEnd());
    });
    const [code] = (await once(vitest, 'exit')) as [number | null];
    return [
      held(code === 0, {
        what: 'random pipelines, random people',
        size: `${runsEach.toLocaleString('en')} each, on new seeds`,
        figure: code === 0 ? 'all hold' : 'one does not hold',
        target: 'all hold',
      }),
    ];
  },
};
