// One command = one record = one statement, which is its own transaction. A record that time has overtaken changes nothing
// (the fence, ADR 5); the rules are in db/functions/record_stream.sql (ADR 15).
import type pg from 'pg';
import type { StreamRecord } from '../../core/record.js';
import { whileDeadlocked } from '../connection.js';
import { recordBody } from './record-body.js';

/**
 * `needsWhole`: Postgres holds something else than what this record builds on; it wants the stream's whole state.
 * `newSettings`: recorded, and the stream should look at the live settings.
 * `superseded`: nothing was recorded; the task has another cycle, which was opened before this one had begun.
 * `clockBehind`: recorded, but the pipeline was resumed or paused since the stream stopped for a pause of it.
 */
export type RecordResult = 'recorded' | 'newSettings' | 'needsWhole' | 'late' | 'gone' | 'clockBehind' | 'superseded';

export async function recordStream(pool: pg.Pool, record: StreamRecord): Promise<RecordResult> {
  const values = [JSON.stringify(recordBody(record))];
  return whileDeadlocked(async () => {
    const text = 'select record_stream($1) as result';
    const { rows } = await pool.query<{ result: RecordResult }>({ name: 'record', text, values });
    return rows[0]?.result ?? 'gone';
  });
}
