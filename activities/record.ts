// The record of a stream in Postgres. Idempotent: the fence knows a record that was written before.
import type pg from 'pg';
import type { StreamRecord } from '../core/record.js';
import type { RecordResult } from '../db/writes/record-stream.js';
import { recordStream } from '../db/writes/record-stream.js';

export interface RecordActivities {
  record(record: StreamRecord): Promise<RecordResult>;
}

export const createRecordActivities = (pool: pg.Pool): RecordActivities => ({
  record: (record) => recordStream(pool, record),
});
