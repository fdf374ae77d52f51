// One command = one record = one transaction. A record that time has overtaken changes nothing (the fence), see ADR 5.
import type pg from 'pg';
import type { StreamRecord } from '../../core/record.js';
import { inRepeatableTransaction } from '../connection.js';
import { appendRecord } from './append-record.js';
import { applyEdits } from './apply-edits.js';
import { updateTask } from './update-task.js';

/** `needsWhole`: Postgres holds something else than what this record builds on; it wants the stream's whole state. */
export type RecordResult = 'recorded' | 'needsWhole' | 'late' | 'gone';

interface Standing {
  run_id: string | null;
  sequence: number | null;
  decided_at: number | null;
}

type Verdict = RecordResult | 'apply';

/**
 * The fence. Records of a stream are ordered by (decidedAt, sequence). What is not later than what is there is late;
 * what does not follow on it directly (after a lost workflow task, a reset, a lost record) must bring the whole state.
 */
export function judge(
  record: Pick<StreamRecord, 'runId' | 'sequence' | 'decidedAt' | 'whole'>,
  standing: Standing,
): Verdict {
  const { sequence, decided_at: decidedAt } = standing;
  if (sequence === null || decidedAt === null) return record.whole ? 'apply' : 'needsWhole';
  const same = record.decidedAt === decidedAt;
  if (same && record.sequence === sequence && record.runId === standing.run_id) return 'recorded';
  if (record.decidedAt < decidedAt || (same && record.sequence <= sequence)) return 'late';
  return record.whole || record.sequence === sequence + 1 ? 'apply' : 'needsWhole';
}

export async function recordStream(pool: pg.Pool, record: StreamRecord): Promise<RecordResult> {
  return inRepeatableTransaction(pool, async (client) => {
    const { rows } = await client.query<Standing>({
      name: 'record-lock',
      text: `select s.run_id, s.sequence, s.decided_at
               from tasks t left join streams s on s.id = $2
              where t.id = $1
                for update of t`,
      values: [record.task.taskId, record.workflowId],
    });
    const standing = rows[0];
    if (!standing) return 'gone';
    const verdict = judge(record, standing);
    if (verdict !== 'apply') return verdict;
    if (record.whole && standing.sequence !== null) await supersede(client, record);
    await appendRecord(client, record);
    await applyEdits(client, record);
    await updateTask(client, record.task.taskId, record.task.cycleId);
    return 'recorded';
  });
}

/** A whole state replaces what its stream said after the same point: entries are kept, marked; rows go. */
async function supersede(client: pg.PoolClient, record: StreamRecord): Promise<void> {
  const values = [record.workflowId, record.sequence];
  for (const table of ['timeline', 'submissions', 'reviews'] as const) {
    await client.query(
      `update ${table} set superseded_at = now() where stream_id = $1 and sequence >= $2 and superseded_at is null`,
      values,
    );
  }
  await client.query('delete from node_instances where stream_id = $1 and id <> all ($2::text[])', [
    record.workflowId,
    record.rows.map(({ id }) => id),
  ]);
}
