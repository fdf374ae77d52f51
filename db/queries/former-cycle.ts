// A task's cycles, and what one of them has left for the next.
import type pg from 'pg';
import type { FormerCycle, FormerSubmission, FormerVisit, Rerun } from '../../core/resume.js';
import type { ReviewCounter } from '../../core/state.js';

export interface CycleRow {
  id: string;
  number: number;
  versionId: string;
  status: string | null;
  outcome: string | null;
  mode: string | null;
  node: string | null;
  createdAt: Date;
  endedAt: Date | null;
}

/** A page, oldest first; after the one with that number. */
export async function cyclesOfTask(
  pool: pg.Pool,
  { taskId, after, limit }: { taskId: string; after: number; limit: number },
): Promise<CycleRow[]> {
  const text = `
    select c.id, c.number, c.version_id as "versionId", s.status, s.outcome, c.rerun ->> 'mode' as mode, c.rerun ->> 'node' as node,
           c.created_at as "createdAt", c.ended_at as "endedAt"
      from cycles c left join streams s on s.cycle_id = c.id and s.kind = 'cycle'
     where c.task_id = $1 and c.number > $2 order by c.number limit $3`;
  return (await pool.query<CycleRow>(text, [taskId, after, limit])).rows;
}

/** The cycle's own stream first: its rework children end with it. */
export async function openStreams(pool: pg.Pool, cycleId: string): Promise<string[]> {
  const text = `select id from streams where cycle_id = $1 and status = 'open' order by kind <> 'cycle', id`;
  return (await pool.query<{ id: string }>(text, [cycleId])).rows.map(({ id }) => id);
}

/** Visits of nodes, the last one of each last; slots show as the voters of theirs. */
const visits = `
  with ends as (select stream_id, max(finished_at) as at from node_instances where stream_id = any ($1) group by 1)
  select n.id, n.node, n.visit, n.status, n.outcome, n.performer, n.result,
         n.status = 'finished' and n.outcome = 'superseded' and n.finished_at = ends.at as "closedAtEnd",
         array(select v.performer from node_instances v where v.parent_id = n.id and v.performer is not null order by v.slot) as voters
    from node_instances n join ends on ends.stream_id = n.stream_id
   where n.parent_id is null
   order by n.visit, n.node`;

const submissions = `
  select id, payload_hash as hash, instance_id as instance, node, performer, action from submissions
   where stream_id = any ($1) and superseded_at is null order by submitted_at, id`;

interface StreamRow {
  id: string;
  counters: Record<string, ReviewCounter> | null;
}

/** Of the streams that know a review's counter the one that counted more; a rework child goes on from its cycle's. */
function counted(streams: readonly StreamRow[]): Record<string, ReviewCounter> {
  const all: Record<string, ReviewCounter> = {};
  for (const [review, counter] of streams.flatMap(({ counters }) => Object.entries(counters ?? {}))) {
    if (counter.reReviews >= (all[review]?.reReviews ?? 0)) all[review] = counter;
  }
  return all;
}

async function streamsOf(client: pg.PoolClient, cycleId: string): Promise<StreamRow[]> {
  const text = 'select id, counters from streams where cycle_id = $1 order by decided_at';
  return (await client.query<StreamRow>(text, [cycleId])).rows;
}

async function rerunOf(client: pg.PoolClient, cycleId: string): Promise<Rerun | null | undefined> {
  const { rows } = await client.query<{ rerun: Rerun | null }>('select rerun from cycles where id = $1', [cycleId]);
  return rows[0]?.rerun;
}

/** Reviews that have counted the task, in the cycle or before it. */
export async function countedReviews(client: pg.PoolClient, cycleId: string): Promise<string[]> {
  const rerun = await rerunOf(client, cycleId);
  const here = (await streamsOf(client, cycleId)).flatMap(({ counters }) => Object.keys(counters ?? {}));
  return [...new Set([...(rerun?.counted ?? []), ...Object.keys(rerun?.resume?.counters ?? {}), ...here])];
}

export async function formerCycle(client: pg.PoolClient, cycleId: string): Promise<FormerCycle> {
  const streams = await streamsOf(client, cycleId);
  const ids = [streams.map(({ id }) => id)];
  const before = (await rerunOf(client, cycleId))?.resume;
  return {
    ...(before ? { before } : {}),
    visits: (await client.query<FormerVisit>(visits, ids)).rows,
    submissions: (await client.query<FormerSubmission>(submissions, ids)).rows,
    counters: counted(streams),
  };
}
