// How pauses of a pipeline stand, and the streams that a resume has to wake.
import type pg from 'pg';
import type { PipelineClock } from '../../core/clock.js';

/** Null where it was never paused. */
export async function pipelineClock(pool: pg.Pool, pipelineId: string): Promise<PipelineClock | null> {
  const text = 'select pipeline_clock(p) as clock from pipelines p where id = $1';
  return (await pool.query<{ clock: PipelineClock | null }>(text, [pipelineId])).rows[0]?.clock ?? null;
}

export interface Parked {
  pipelineId: string;
  /** Only those that have open work there. */
  node?: string | undefined;
}

const parked = `from streams s where s.parked_in = $1 and s.status = 'open' and ($2::text is null or exists (
  select 1 from node_instances n where n.stream_id = s.id and n.node = $2 and n.status in ('available', 'claimed', 'submitted')))`;

export async function countParked(pool: pg.Pool, { pipelineId, node }: Parked): Promise<number> {
  const text = `select count(*) as count ${parked}`;
  return (await pool.query<{ count: number }>(text, [pipelineId, node ?? null])).rows[0]?.count ?? 0;
}

/** A page in the order of their ids. */
export async function parkedStreams(
  pool: pg.Pool,
  { pipelineId, node, after, limit }: Parked & { after: string; limit: number },
): Promise<string[]> {
  const text = `select s.id ${parked} and s.id > $3 order by s.id limit $4`;
  const { rows } = await pool.query<{ id: string }>(text, [pipelineId, node ?? null, after, limit]);
  return rows.map(({ id }) => id);
}

/**
 * Pipelines that are not paused and have parked streams: whoever resumed them may have been lost before waking these. What waits for a
 * node's own pause is among them, once for each turn.
 */
export async function unwokenPipelines(pool: pg.Pool): Promise<{ pipelineId: string; turns: number }[]> {
  const { rows } = await pool.query<{ pipelineId: string; turns: number }>(
    `select p.id as "pipelineId", p.pause_turns as turns from pipelines p
      where p.paused_at is null and p.id in (select parked_in from streams where parked_in is not null)`,
  );
  return rows;
}
