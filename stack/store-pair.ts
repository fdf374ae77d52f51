// Postgres and Temporal each hold half of the truth. If one of our two own stores was deleted or swapped, going on with the
// other would quietly mix two histories.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresPart } from './postgres.js';
import type { TemporalPart } from './temporal.js';

type Pair = Record<'postgres' | 'temporal', string>;

const contents = { postgres: ['Postgres', 'pg'], temporal: ['Temporal', 'temporal.db'] } as const;

export async function assertSamePair(dataDir: string, postgres: PostgresPart, temporal: TemporalPart): Promise<void> {
  // A user's own server can be restored or moved with a new identity; that is theirs to judge.
  if (postgres.pid === undefined || temporal.pid === undefined) return;
  const path = join(dataDir, 'stores.json');
  const now: Pair = { postgres: await postgres.identity(), temporal: await temporal.identity() };
  if (existsSync(path)) {
    const known = JSON.parse(readFileSync(path, 'utf8')) as Pair;
    const changed = (['postgres', 'temporal'] as const).filter((store) => known[store] !== now[store]);
    // Both gone is a fresh start.
    if (changed.length === 1 && changed[0]) throw new Error(swapped(dataDir, changed[0]));
  }
  writeFileSync(path, JSON.stringify(now));
}

function swapped(dataDir: string, store: keyof Pair): string {
  const [name, file] = contents[store];
  const [other] = contents[store === 'postgres' ? 'temporal' : 'postgres'];
  return (
    `${name}: ${join(dataDir, file)} is not the store that ${other}'s data in ${dataDir} belong to: it was deleted or ` +
    `swapped. Put the right one back, or remove ${dataDir} to start empty.`
  );
}
