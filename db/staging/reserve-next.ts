// Picks the next work for somebody and keeps it for them while their claim is on its way. The cycle decides the claim.
import type pg from 'pg';
import type { PipelineClock } from '../../core/clock.js';
import type { NodeKind } from '../../core/pipeline.js';
import { inTransaction, whileDeadlocked } from '../connection.js';

export interface ReserveNext {
  pipelineId: string;
  projectId: string;
  memberId: string;
  /** In order of preference. */
  nodes: string[];
  /** Of the nodes that the member may work at. */
  kinds: NodeKind[];
  tasks: string[] | undefined;
  /** Candidates that this call has lost already. */
  except: string[];
  /** Idempotency-Key of the call: its candidate is remembered with it. */
  key: string | undefined;
}

export interface Candidate {
  instanceId: string;
  streamId: string;
  taskId: string;
  /** How pauses of its pipeline stand. */
  clock: PipelineClock | null;
}

/** Longer than a claim takes to be answered. */
const keepFor = '15 seconds';

/**
 * One probe per node of an index that holds only open work, so the cost does not grow with the number of tasks.
 * Work that is kept for the caller comes first. SKIP LOCKED lets many callers pick at once without waiting on each other.
 */
const pickWith = (lock: string): string => `
  select n.id as "instanceId", n.stream_id as "streamId", n.task_id as "taskId", pipeline_clock(p) as clock
    from unnest($2::text[]) with ordinality as k(node, place)
    join pipelines p on p.id = $1
    cross join lateral (
      select n.* from node_instances n
       where n.pipeline_id = $1 and n.node = k.node and n.open_slots > 0 and n.kind = any ($6::text[])
         and ($4::text[] is null or n.task_id = any ($4))
         and n.id <> all ($5::text[])
         and not ($3 = any (n.excluded))
         and (n.reserved_for is null or n.reserved_for = $3 or 
              n.reserved_until + (paused_ms(p, n.node, n.held_at_ms) - n.paused_ms) * interval '1 millisecond' <= now())
         and (n.reserved_for is distinct from $3 or n.availability_reason is distinct from 'SKIPPED')
         and (n.kind <> 'consensus' or not exists (
           select 1 from node_instances slot where slot.parent_id = n.id and $3 in (slot.assignee, slot.performer)))
         and n.open_slots > (select count(*) from reservations r where r.instance_id = n.id and r.expires_at > now())
         and not exists (
           select 1 from reservations r where r.instance_id = n.id and r.member_id = $3 and r.expires_at > now())
       order by n.rank desc, n.opened_at, n.id
       limit 1
         ${lock}
    ) n
   order by k.place
   limit 1`;

const pick = pickWith('for update skip locked');

/** Only when nothing else was left: a row that others pick from may have a slot for this caller too. */
const pickWaiting = pickWith('for update');

/** What the caller skipped, to have it again, comes after everything else; other work that is kept for them comes first. */
const reservedWith = (skipped: boolean): string => `
  select n.id as "instanceId", n.stream_id as "streamId", n.task_id as "taskId", pipeline_clock(p) as clock
    from node_instances n join pipelines p on p.id = n.pipeline_id
   where n.pipeline_id = $1 and n.node = any ($2::text[]) and n.reserved_for = $3 and n.open_slots > 0
     and n.kind = any ($6::text[])
     and n.availability_reason is ${skipped ? 'not ' : ''}distinct from 'SKIPPED'
     and ($4::text[] is null or n.task_id = any ($4)) and n.id <> all ($5::text[])
   order by n.opened_at, n.id limit 1 for update of n skip locked`;
const reserved = reservedWith(false);
const skipped = reservedWith(true);

export async function reserveNext(pool: pg.Pool, ask: ReserveNext): Promise<Candidate | undefined> {
  return whileDeadlocked(() => inTransaction(pool, (client) => reserveIn(client, ask)));
}

async function reserveIn(client: pg.PoolClient, ask: ReserveNext): Promise<Candidate | undefined> {
  const values = [ask.pipelineId, ask.nodes, ask.memberId, ask.tasks ?? null, ask.except, ask.kinds];
  const mine = await client.query<Candidate>({ name: 'reserve-mine', text: reserved, values });
  const candidate =
    mine.rows[0] ??
    (await client.query<Candidate>({ name: 'reserve-pick', text: pick, values })).rows[0] ??
    (await client.query<Candidate>({ name: 'reserve-wait', text: pickWaiting, values })).rows[0] ??
    (await client.query<Candidate>({ name: 'reserve-skipped', text: skipped, values })).rows[0];
  if (!candidate) return undefined;
  await client.query(
    `insert into reservations (instance_id, member_id, project_id, expires_at) values ($1, $2, $3, now() + $4::interval)
       on conflict (instance_id, member_id) do update set expires_at = excluded.expires_at`,
    [candidate.instanceId, ask.memberId, ask.projectId, keepFor],
  );
  if (ask.key !== undefined) {
    await client.query(
      `update idempotency_keys set targets = coalesce(targets, '{}') || $3::text where project_id = $1 and key = $2`,
      [ask.projectId, ask.key, candidate.instanceId],
    );
  }
  return candidate;
}

export async function dropReservation(pool: pg.Pool, instanceId: string, memberId: string): Promise<void> {
  await pool.query('delete from reservations where instance_id = $1 and member_id = $2', [instanceId, memberId]);
}

/** The candidates that an earlier try with the same key reserved, in order. */
export async function reservedTargets(pool: pg.Pool, projectId: string, key: string): Promise<Candidate[]> {
  const { rows } = await pool.query<Candidate>(
    `select n.id as "instanceId", n.stream_id as "streamId", n.task_id as "taskId", pipeline_clock(p) as clock
       from idempotency_keys k cross join unnest(k.targets) with ordinality as t(id, place) join node_instances n on n.id = t.id
            join pipelines p on p.id = n.pipeline_id
      where k.project_id = $1 and k.key = $2 order by t.place`,
    [projectId, key],
  );
  return rows;
}
