// Streams that recorded since a time, in order of their id.
import type pg from 'pg';

export interface RecordedStream {
  id: string;
  status: 'open' | 'finished' | 'failed';
  sequence: number;
  decidedAt: number;
}

export async function recordedStreams(
  pool: pg.Pool,
  { sinceMs, after, limit }: { sinceMs: number; after: string; limit: number },
): Promise<RecordedStream[]> {
  const { rows } = await pool.query<RecordedStream>(
    `select id, status, sequence, decided_at as "decidedAt"
       from streams
      where recorded_at >= to_timestamp($1::bigint / 1000.0) and id > $2
      order by id
      limit $3`,
    [sinceMs, after, limit],
  );
  return rows;
}

export async function recordedStream(pool: pg.Pool, id: string): Promise<RecordedStream | undefined> {
  const text = 'select id, status, sequence, decided_at as "decidedAt" from streams where id = $1';
  return (await pool.query<RecordedStream>(text, [id])).rows[0];
}
