// The stream that decides about work that is done: a rework child while it is open, then its cycle.
import type pg from 'pg';

export interface OwningStream {
  cycleId: string;
  kind: 'cycle' | 'rework' | 'command';
  status: 'open' | 'finished' | 'failed';
}

export async function owningStream(pool: pg.Pool, streamId: string): Promise<OwningStream | undefined> {
  const text = 'select cycle_id as "cycleId", kind, status from streams where id = $1';
  return (await pool.query<OwningStream>(text, [streamId])).rows[0];
}
