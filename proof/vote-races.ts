// The race for slots, 200 times: what `npm test` does 10 times.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Item } from './item.js';
import { held } from './item.js';

const races = 200;

export const voteRaces: Item = {
  name: 'vote-races',
  boundMs: 25 * 60_000,
  async run(signal, say) {
    const command = ['npx', 'vitest', 'run', '--project', 'shared', 'test/api/vote-races.test.ts'];
    const vitest = spawn('env', [`VOTE_RACES=${String(races)}`, ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal,
    });
    vitest.stdout.setEncoding('utf8').on('data', (text: string) => {
      say(text.trimEnd());
    });
    const [code] = (await once(vitest, 'exit')) as [number | null];
    return [
      held(code === 0, {
        what: '64 people race for 3 slots of a vote: exactly 3 votes, one each',
        size: `${String(races)} races`,
        figure: code === 0 ? 'each time' : 'not each time',
        target: 'each time',
      }),
    ];
  },
};
