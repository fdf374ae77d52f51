// Node instances with what was handed in on them.
import type pg from 'pg';
import type { PipelineClock } from '../../core/clock.js';
import type { LiveSettings } from '../../core/live-settings.js';
import type { NodeKind } from '../../core/pipeline.js';
import type { NodeStatus, Verdict, VoteResult } from '../../core/state.js';
import type { CycleStanding } from './cycle-rows.js';

export interface NodeInstance {
  id: string;
  streamId: string;
  projectId: string;
  pipelineId: string;
  versionId: string;
  taskId: string;
  node: string;
  kind: NodeKind;
  visit: number;
  slot: number | null;
  parentId: string | null;
  status: NodeStatus;
  availabilityReason: string | null;
  assignee: string | null;
  performer: string | null;
  outcome: string | null;
  verdict: Verdict | null;
  submissionId: string | null;
  draftId: string | null;
  holdReason: string | null;
  result: VoteResult | null;
  openSlots: number;
  reservedFor: string | null;
  reservedUntil: Date | null;
  openedAt: Date;
  claimedAt: Date | null;
  leaseUntil: Date | null;
  leaseMs: number;
  dueAt: Date | null;
  /** Live settings that hold at once for whoever works there; null where it has none. */
  shown: Pick<LiveSettings, 'instructions'> | null;
  submittedAt: Date | null;
  finishedAt: Date | null;
  version: number;
}

/** A time as it stands now: pauses since it was written have moved it. */
const moved = (time: string): string =>
  `case when ${time} is not null then ${time} + (paused_ms(p, n.node, n.held_at_ms) - n.paused_ms) * interval '1 millisecond' end`;

const from = 'node_instances n join pipelines p on p.id = n.pipeline_id';

const columns = `n.id, n.stream_id as "streamId", n.project_id as "projectId", n.pipeline_id as "pipelineId",
  n.version_id as "versionId", n.task_id as "taskId", n.node, n.kind, n.visit, n.slot, n.parent_id as "parentId", n.status,
  n.availability_reason as "availabilityReason", n.assignee, n.performer, n.outcome, n.verdict,
  n.submission_id as "submissionId", n.draft_id as "draftId", n.hold_reason as "holdReason", n.result,
  n.open_slots as "openSlots", n.reserved_for as "reservedFor", ${moved('n.reserved_until')} as "reservedUntil",
  n.opened_at as "openedAt", n.claimed_at as "claimedAt", ${moved('n.lease_until')} as "leaseUntil", n.lease_ms as "leaseMs", ${moved('n.due_at')} as "dueAt",
  (select json_strip_nulls(json_build_object('instructions', s.settings -> 'instructions')) from node_settings s
    where s.pipeline_id = n.pipeline_id and s.node = n.node) as shown,
  n.submitted_at as "submittedAt", n.finished_at as "finishedAt", n.version`;

/** A node instance with how pauses of its pipeline stand. */
export interface FoundInstance extends NodeInstance {
  clock: PipelineClock | null;
}

export async function findInstance(pool: pg.Pool, id: string): Promise<FoundInstance | undefined> {
  const { rows } = await pool.query<FoundInstance>({
    name: 'node-instance',
    text: `select ${columns}, pipeline_clock(p) as clock from ${from} where n.id = $1`,
    values: [id],
  });
  return rows[0];
}

/** One of a task's, of whichever of its cycles. */
export interface TaskInstance extends NodeInstance {
  cycleId: string;
  cycleEndedAt: Date | null;
  cycleResume: CycleStanding['resume'];
}

export async function instancesOf(pool: pg.Pool, taskId: string): Promise<TaskInstance[]> {
  const text = `select ${columns}, c.id as "cycleId", c.ended_at as "cycleEndedAt", c.rerun -> 'resume' as "cycleResume"
                  from ${from} join streams st on st.id = n.stream_id join cycles c on c.id = st.cycle_id
                 where n.task_id = $1 order by n.opened_at, n.visit, n.id`;
  return (await pool.query<TaskInstance>({ name: 'instances-of', text, values: [taskId] })).rows;
}

export type WorkState = 'claimed' | 'reserved' | 'submitted';

const mine: Record<WorkState, { condition: string; time: string }> = {
  claimed: { condition: `n.assignee = $2 and n.status = 'claimed'`, time: 'n.claimed_at' },
  reserved: { condition: `n.reserved_for = $2 and n.open_slots > 0`, time: 'n.opened_at' },
  submitted: { condition: `n.performer = $2`, time: 'n.submitted_at' },
};

/** One member's work, newest first. The cursor is the id of the last one seen with its time. */
export async function workOf(
  pool: pg.Pool,
  member: {
    projectId: string;
    memberId: string;
    state: WorkState;
    before: { at: string; id: string } | undefined;
    limit: number;
  },
): Promise<(NodeInstance & { at: Date })[]> {
  const { condition, time } = mine[member.state];
  const values: unknown[] = [member.projectId, member.memberId, member.limit];
  if (member.before) values.push(member.before.at, member.before.id);
  const text = `select ${columns}, ${time} as at from ${from}
                 where n.project_id = $1 and ${condition} ${member.before ? `and (${time}, n.id) < ($4::timestamptz, $5)` : ''}
                 order by ${time} desc, n.id desc limit $3`;
  return (await pool.query<NodeInstance & { at: Date }>(text, values)).rows;
}

/** In the order of the ids. */
export async function instancesById(pool: pg.Pool, ids: readonly string[]): Promise<NodeInstance[]> {
  const text = `select ${columns} from unnest($1::text[]) with ordinality as k(id, place)
                  join node_instances n on n.id = k.id join pipelines p on p.id = n.pipeline_id
                 order by k.place`;
  return (await pool.query<NodeInstance>(text, [ids])).rows;
}
