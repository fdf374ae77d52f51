// What a stream tells Postgres: absolute rows of what changed, and the events for the timeline.
import { takenBack } from './checkpoints.js';
import type { Pauses } from './clock.js';
import { heldAtMs, pausedMs, writtenTime } from './clock.js';
import type { CycleEvent } from './events.js';
import { silentEvents } from './events.js';
import { openNodes } from './advance.js';
import { ruledOut } from './instances.js';
import { isParked } from './pauses.js';
import { planNode } from './plan-node.js';
import type {
  AvailabilityReason,
  Instance,
  NodeStatus,
  ReviewCounter,
  StreamState,
  TaskIdentity,
  Verdict,
  VoteResult,
} from './state.js';
import { isOpen, slotsOf } from './state.js';

/** A node instance as lists and screens need it. Times in milliseconds of wall time; null where there is none. */
export interface InstanceRow {
  id: string;
  /** Left out: that of the stream. */
  versionId?: string;
  node: string;
  kind: string;
  visit: number;
  slot: number | null;
  parentId: string | null;
  status: NodeStatus;
  availabilityReason: AvailabilityReason | null;
  assignee: string | null;
  performer: string | null;
  outcome: string | null;
  verdict: Verdict | null;
  submissionId: string | null;
  draftId: string | null;
  holdReason: string | null;
  result: VoteResult | null;
  openSlots: number;
  excluded: string[];
  reservedFor: string | null;
  reservedUntil: number | null;
  openedAt: number;
  claimedAt: number | null;
  leaseUntil: number | null;
  leaseMs: number;
  /** Left out: never. */
  dueAt?: number;
  /** What its pipeline and its node had been paused when the times above were written. */
  pausedMs: number;
  /** When the pause of its task began, on the node's clock. */
  heldAtMs: number | null;
  submittedAt: number | null;
  finishedAt: number | null;
  version: number;
}

/** A rework child's beginning, recorded by its cycle; ignored where the child has recorded before. */
export interface ChildRecord {
  workflowId: string;
  row: InstanceRow;
  /** It stands still from the start. */
  parked?: boolean;
  /** The slots of a vote that is repeated. */
  slots?: InstanceRow[];
}

/** How far a stream has recorded, for the comparison with its row. */
export interface RecordedUpTo {
  sequence: number;
  decidedAt: number;
}

export interface StreamRecord {
  task: TaskIdentity;
  workflowId: string;
  kind: 'cycle' | 'rework' | 'command';
  runId: string;
  sequence: number;
  /** Workflow time; the fence. */
  decidedAt: number;
  /** True: the rows are all there are, whatever Postgres has. */
  whole: boolean;
  status: 'open' | 'finished' | 'failed';
  outcome: string | null;
  /** Why it failed. */
  failure?: string;
  started: boolean;
  /** The number of the live settings that the stream knows. */
  settings?: number;
  /** Left out where no review has counted anything. */
  counters?: Record<string, ReviewCounter>;
  nodes: string[];
  /** It, or a child that starts, has to be woken when the pipeline or a node of it is resumed; the turn of its clock. */
  parkedAt?: number;
  /** Pauses of the task itself. */
  own?: Pauses;
  /** Checkpoints that held the item and do not any more; left out: none. */
  takenBack?: string[];
  rows: InstanceRow[];
  children: ChildRecord[];
  events: TimelineEvent[];
}

export type TimelineEvent = CycleEvent & {
  commandId?: string;
  /** Of a verdict with values: the node that they stand for. */
  of?: string;
};

function openSlotsOf(state: StreamState, instance: Instance): number {
  if (instance.status !== 'available' || state.clock.own?.pausedAtMs !== undefined) return 0;
  if (instance.kind !== 'consensus') return 1;
  // A slot is claimed through its consensus instance, so only that one is queued; one that is kept for a voter is theirs.
  if (instance.parent !== undefined) return instance.reservedFor === undefined ? 0 : 1;
  return freeSlots(state, instance).filter(({ reservedFor }) => reservedFor === undefined).length;
}

const freeSlots = (state: StreamState, consensus: Instance): Instance[] =>
  slotsOf(state, consensus.id).filter(({ status }) => status === 'available');

const orNull = <T>(value: T | undefined): T | null => (value === undefined ? null : value);

/** What a status reads as on lists: a vote whose slots are all taken is no longer available. */
function shownStatus(state: StreamState, instance: Instance): NodeStatus {
  const isVote = instance.kind === 'consensus' && instance.parent === undefined;
  const full = isVote && instance.status === 'available' && freeSlots(state, instance).length === 0;
  return full ? 'claimed' : instance.status;
}

export function instanceRow(state: StreamState, instance: Instance): InstanceRow {
  const { clock } = state;
  const wall = (running: number | undefined): number | null =>
    running === undefined ? null : writtenTime(clock, running, instance.node);
  const openSlots = openSlotsOf(state, instance);
  const { id, node, kind, visit, version, openedAt } = instance;
  return {
    id,
    ...(instance.versionId === undefined ? {} : { versionId: instance.versionId }),
    node,
    kind,
    visit,
    slot: orNull(instance.slot),
    parentId: orNull(instance.parent),
    status: shownStatus(state, instance),
    availabilityReason: orNull(instance.reason),
    assignee: orNull(instance.assignee),
    performer: orNull(instance.performer),
    outcome: orNull(instance.outcome),
    verdict: orNull(instance.verdict),
    submissionId: orNull(instance.submission?.id),
    draftId: orNull(instance.draft?.id),
    holdReason: orNull(instance.hold?.reason),
    result: orNull(instance.result),
    openSlots,
    excluded: ruledOut(instance),
    reservedFor: orNull(instance.reservedFor),
    reservedUntil: wall(instance.reservedUntil),
    openedAt,
    claimedAt: orNull(instance.claimedAt),
    leaseUntil: wall(instance.leaseUntil),
    leaseMs: instance.leaseMs ?? planNode(state.plan, node)?.leaseMs ?? 0,
    ...(instance.dueAt === undefined ? {} : { dueAt: writtenTime(clock, instance.dueAt, node) }),
    pausedMs: pausedMs(clock, node),
    heldAtMs: orNull(heldAtMs(clock, node)),
    submittedAt: orNull(instance.submittedAt),
    finishedAt: orNull(instance.finishedAt),
    version,
  };
}

/** The instances that differ from what was recorded before; a slot's change shows in its consensus instance too. */
function changedInstances(before: StreamState | undefined, after: StreamState): Instance[] {
  if (!before) return Object.values(after.instances);
  // Times of what is open are written anew on another clock.
  const moved = before.clock !== after.clock;
  const changed = Object.values(after.instances).filter(
    (instance) => before.instances[instance.id] !== instance || (moved && isOpen(instance)),
  );
  const ids = new Set(changed.flatMap(({ id, parent }) => (parent === undefined ? [id] : [id, parent])));
  return Object.values(after.instances).filter(({ id }) => ids.has(id));
}

/** A fix stands for the work that was reviewed. */
function withReviewedNode({ plan, instances }: StreamState, event: TimelineEvent): TimelineEvent {
  if (event.type !== 'reviewed' || !event.submission) return event;
  const of = planNode(plan, instances[event.instance]?.node ?? '')?.review?.of;
  return of === undefined ? event : { ...event, of };
}

/** The record of what happened since `before`, or of the whole stream where `before` is left out. */
export function recordOf(
  before: StreamState | undefined,
  after: StreamState,
  events: readonly TimelineEvent[],
  children: readonly ChildRecord[],
  stamp: { runId: string; sequence: number; decidedAt: number },
): StreamRecord {
  const taken = after.scope ? [] : takenBack(before, after);
  return {
    task: after.task,
    workflowId: after.workflowId,
    kind: after.scope ? 'rework' : 'cycle',
    ...stamp,
    whole: before === undefined,
    status: after.status,
    outcome: after.outcome ?? null,
    ...(after.failure === undefined ? {} : { failure: after.failure }),
    started: after.started,
    settings: after.plan.settings ?? 0,
    ...(Object.keys(after.counters).length === 0 ? {} : { counters: after.counters }),
    nodes: openNodes(after),
    ...(isParked(after) || children.some(({ parked }) => parked) ? { parkedAt: after.clock.turns ?? 0 } : {}),
    ...(after.clock.own ? { own: after.clock.own } : {}),
    ...(taken.length === 0 ? {} : { takenBack: taken }),
    rows: changedInstances(before, after).map((instance) => instanceRow(after, instance)),
    children: [...children],
    events: events.filter(({ type }) => !silentEvents.has(type)).map((event) => withReviewedNode(after, event)),
  };
}
