// An item that runs tests of ours at their full size.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Figure, Item } from './item.js';
import { held } from './item.js';

interface FullSize {
  name: string;
  minutes: number;
  /** Arguments of `vitest run`. */
  tests: string[];
  /** The variables that the tests read their size from. */
  sizes: Record<string, number>;
  what: Pick<Figure, 'what' | 'size' | 'target'>;
  /** The figure where it does not hold. */
  otherwise: string;
}

export function vitestItem({ name, minutes, tests, sizes, what, otherwise }: FullSize): Item {
  return {
    name,
    boundMs: minutes * 60_000,
    async run(signal, say) {
      const variables = Object.entries(sizes).map(([variable, value]) => `${variable}=${String(value)}`);
      const command = [...variables, 'npx', 'vitest', 'run', ...tests];
      const vitest = spawn('env', command, { stdio: ['ignore', 'pipe', 'inherit'], signal });
      vitest.stdout.setEncoding('utf8').on('data', (text: string) => {
        say(text.trimEnd());
      });
      const [code] = (await once(vitest, 'exit')) as [number | null];
      return [held(code === 0, { ...what, figure: code === 0 ? what.target : otherwise })];
    },
  };
}
