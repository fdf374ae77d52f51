// The race for slots, 200 times: what `npm test` does 10 times.
import { vitestItem } from './vitest-item.js';

const races = 200;

export const voteRaces = vitestItem({
  name: 'vote-races',
  minutes: 25,
  tests: ['--project', 'shared', 'test/api/vote-races.test.ts'],
  sizes: { VOTE_RACES: races },
  what: {
    what: '64 people race for 3 slots of a vote: exactly 3 votes, one each',
    size: `${String(races)} races`,
    target: 'each time',
  },
  otherwise: 'not each time',
});
