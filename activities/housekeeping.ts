// Keeps Postgres from growing by what nobody can ask for any more.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { Expired, PayloadCursor } from '../db/writes/housekeeping.js';
import { deleteOrphans, expired, markOrphans, take } from '../db/writes/housekeeping.js';

export interface HousekeepingActivities {
  /** Takes away what has served its time; answers with how many rows of each. */
  takeExpired(): Promise<Record<Expired, number>>;
  /** Takes away the payloads that were marked before; answers with how many. */
  takeOrphans(): Promise<number>;
  /** Marks payloads that nothing refers to; answers with how far it has looked. */
  findOrphans(after?: PayloadCursor): Promise<PayloadCursor | undefined>;
}

export function createHousekeepingActivities(pool: pg.Pool): HousekeepingActivities {
  async function takeAll(statement: string): Promise<number> {
    let sum = 0;
    for (;;) {
      const { taken, more } = await take(pool, statement);
      sum += taken;
      if (!more) return sum;
      Context.current().heartbeat();
    }
  }

  return {
    async takeExpired() {
      const counts: Partial<Record<Expired, number>> = {};
      for (const [name, statement] of Object.entries(expired)) counts[name as Expired] = await takeAll(statement);
      return counts as Record<Expired, number>;
    },
    takeOrphans: () => takeAll(deleteOrphans),
    async findOrphans(after) {
      let cursor = after;
      for (;;) {
        const { last, isFull } = await markOrphans(pool, cursor);
        cursor = last ?? cursor;
        if (!isFull) return cursor;
        Context.current().heartbeat();
      }
    },
  };
}
