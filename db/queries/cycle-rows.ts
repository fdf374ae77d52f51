// A task's cycle as its rows are read by: which of them are its own, and what it carried over where it was resumed.
import type pg from 'pg';
import type { ResumePoint } from '../../core/resume.js';

export interface CycleStanding {
  id: string;
  endedAt: Date | string | null;
  /** What it began with, of nodes that it did not work itself. */
  resume: Pick<ResumePoint, 'outcomes' | 'results'> | null;
}

export async function findCycle(
  pool: pg.Pool,
  id: string,
): Promise<(CycleStanding & { versionId: string }) | undefined> {
  const text = `select id, ended_at as "endedAt", version_id as "versionId", rerun -> 'resume' as resume from cycles where id = $1`;
  return (await pool.query<CycleStanding & { versionId: string }>(text, [id])).rows[0];
}

/** The id of the cycle whose stream wrote a row. */
export const cycleIdOf = (alias: string): string =>
  `(select st.cycle_id from streams st where st.id = ${alias}.stream_id)`;
