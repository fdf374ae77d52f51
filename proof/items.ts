// In the order in which they run.
import { bench } from './bench.js';
import { crowdItem } from './crowd.js';
import { entry } from './entry.js';
import { checkpointCrossings, largeCheckpoint, smallCheckpoints } from './checkpoints.js';
import type { Item } from './item.js';
import { kills } from './kills.js';
import { migrations } from './migrations.js';
import { outage } from './outage.js';
import { properties } from './properties.js';
import { voteRaces } from './vote-races.js';

export const items: Item[] = [
  crowdItem({ name: 'D_Duck', answers: 4_212, tasks: 108, accuracy: 0.7593, ties: 0, minutes: 10 }),
  crowdItem({ name: 'S_Dog', answers: 8_070, tasks: 807, accuracy: 0.8222, ties: 50, minutes: 15 }),
  crowdItem({ name: 'D_PosSent', answers: 20_000, tasks: 1_000, accuracy: 0.9335, ties: 43, minutes: 40 }),
  outage,
  kills,
  ...entry,
  properties,
  voteRaces,
  migrations,
  largeCheckpoint,
  smallCheckpoints,
  checkpointCrossings,
  bench,
];
