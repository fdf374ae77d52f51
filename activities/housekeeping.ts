// Keeps Postgres from growing by what nobody can ask for any more.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { Expired, PayloadCursor, Taken } from '../db/writes/housekeeping.js';
import { markOrphans, takeExpired, takeOrphans } from '../db/writes/housekeeping.js';

/** How many rows a statement takes at most. */
const batch = 1_000;

export interface HousekeepingActivities {
  /** Takes away what has served its time, of one kind; answers with how many rows. */
  takeExpired(which: { kind: Expired; batch?: number }): Promise<number>;
  /** Takes away the payloads that were marked before; answers with how many. */
  takeOrphans(how: { batch?: number }): Promise<number>;
  /** Marks payloads that nothing refers to; answers with how far it has looked. */
  findOrphans(how: { after?: PayloadCursor; batch?: number }): Promise<PayloadCursor | undefined>;
}

async function takeAll(takeSome: () => Promise<Taken>): Promise<number> {
  let sum = 0;
  for (;;) {
    const { taken, more } = await takeSome();
    sum += taken;
    if (!more) return sum;
    Context.current().heartbeat();
  }
}

export const createHousekeepingActivities = (pool: pg.Pool): HousekeepingActivities => ({
  takeExpired: ({ kind, batch: size = batch }) => takeAll(() => takeExpired(pool, kind, size)),
  takeOrphans: ({ batch: size = batch }) => takeAll(() => takeOrphans(pool, size)),
  async findOrphans({ after, batch: size = batch }) {
    let cursor = after;
    for (;;) {
      const { last, isFull } = await markOrphans(pool, cursor, size);
      cursor = last ?? cursor;
      if (!isFull) return cursor;
      Context.current().heartbeat();
    }
  },
});
