// The record of a stream in Postgres. Idempotent: the fence knows a record that was written before.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { RecordedUpTo, StreamRecord } from '../core/record.js';
import type { RecordResult } from '../db/writes/record-stream.js';
import { recordStream } from '../db/writes/record-stream.js';

/** Written into the history, a record says which one it was: so far has the stream recorded. */
export type RecordAnswer = RecordResult | (RecordedUpTo & { result: RecordResult });

export interface RecordActivities {
  record(record: StreamRecord): Promise<RecordAnswer>;
}

export const createRecordActivities = (pool: pg.Pool): RecordActivities => ({
  async record(record) {
    const result = await recordStream(pool, record);
    const { sequence, decidedAt } = record;
    // A worker of another release may be the one that hears what one that is not local came to.
    return Context.current().info.isLocal ? { result, sequence, decidedAt } : result;
  },
});
