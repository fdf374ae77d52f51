// The whole state of one stream (a cycle or a rework child): plain JSON, exactly what continue-as-new passes on.
import type { Clock } from './clock.js';
import type { CycleOutcome, NodeKind } from './pipeline.js';
import type { Plan, PlanEdge } from './plan-node.js';

export const taskStatuses = [
  'pending',
  'in_progress',
  'paused',
  'finished',
  'escalated',
  'quarantined',
  'failed',
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

export const nodeStatuses = [
  'pending',
  'available',
  'claimed',
  'submitted',
  'finished',
  'escalated',
  'quarantined',
  'na',
  'deferred',
] as const;
export type NodeStatus = (typeof nodeStatuses)[number];

export type AvailabilityReason = 'NEW' | 'RELEASED' | 'REOPENED' | 'SKIPPED';
export type Verdict = 'pass' | 'fail' | 'fixed';

/** What a review says of one field, named by its JSON pointer. */
export interface FieldVerdict {
  field: string;
  verdict: 'pass' | 'fail';
  comment?: string;
}

/** Who does something, as the API authenticated them. */
export interface Actor {
  /** The member whose action this is. */
  id: string;
  /** The admin or team manager who acts on that member's behalf. */
  via?: string;
  /** True for admins and team managers of the project. */
  manager?: boolean;
}

/** Values handed in; they live in Postgres and are referred to by id and hash. */
export interface SubmissionRef {
  id: string;
  hash: string;
}

/** What a vote is counted by: the action and the compared fields, small enough to be kept in a history. */
export interface Ballot {
  action: string;
  /** Canonical JSON of the compared fields. */
  choice: string;
}

/** One of the different answers that were voted for. */
export interface VoteOption {
  /** Of the first vote for it. */
  submission: SubmissionRef;
  action: string;
  votes: number;
}

export interface VoteResult {
  /** Of the first vote for what won; null where nothing did. */
  submission: SubmissionRef | null;
  /** One of each answer that tied. */
  tied?: SubmissionRef[];
  /** What won field by field, laid over the submission. */
  merged?: Record<string, unknown>;
  /** A consensus_review: what may be picked. */
  options?: VoteOption[];
}

export interface Instance {
  id: string;
  node: string;
  kind: NodeKind;
  visit: number;
  status: NodeStatus;
  version: number;
  openedAt: number;
  reason?: AvailabilityReason;
  /** A consensus slot's number and the consensus instance that it belongs to. */
  slot?: number;
  parent?: string;
  assignee?: string;
  lastHolder?: string;
  claimedAt?: number;
  /** On the running clock. */
  leaseUntil?: number;
  /** On the running clock: heartbeats prolong no further. */
  holdUntil?: number;
  reservedFor?: string;
  /** On the running clock. */
  reservedUntil?: number;
  /** Persons who may not work here, e.g. the author of what is reviewed. */
  excluded?: string[];
  /** The run of the program that holds it. */
  execution?: string;
  /** The version that it was claimed in, where its cycle has gone on in another one since. */
  versionId?: string;
  /** Its lease, where the node's changed after it was opened. */
  leaseMs?: number;
  /** On the running clock: when it is due, where its node says so. */
  dueAt?: number;
  /** On the running clock: an external program's time is over. */
  timeoutAt?: number;
  /** Persons who gave it back to others; of a vote they are kept on the consensus instance. */
  skippedBy?: string[];
  performer?: string;
  submittedAt?: number;
  finishedAt?: number;
  outcome?: string;
  verdict?: Verdict;
  submission?: SubmissionRef;
  ballot?: Ballot;
  /** The rejected submission that a reworked visit starts from. */
  draft?: SubmissionRef;
  /** Why it is held, and what it was before. */
  hold?: { by: string; reason: string; review?: string; before?: { status: NodeStatus; assignee?: string } };
  /** Of a consensus, and of a consensus_review what it found and left. */
  result?: VoteResult;
  /** It was done, and is open again: whether what comes after it runs again once it is done again, or stays. */
  reopened?: 'rerun' | 'keep';
  /** What it judges was revised while it was claimed: a verdict has to say which version it saw. */
  revised?: true;
  /** A slot that was still claimed when its vote stopped early: it may vote, and nothing waits for it. */
  late?: true;
}

/** What later nodes know of a node that is done. */
export interface NodeResult {
  instance: string;
  performers: string[];
  outcome: string;
  submission?: SubmissionRef;
  /** A consensus: the rest of its result, for nodes that judge it. */
  merged?: Record<string, unknown>;
  options?: VoteOption[];
  /** Kept where a review may send the votes back. */
  answers?: FormerAnswer[];
}

/** What somebody answered in an earlier round of votes. */
export interface FormerAnswer {
  by: string;
  submission: SubmissionRef;
}

/** Belongs to the pair (review node, cycle). */
export interface ReviewCounter {
  failures: number;
  reReviews: number;
  /** A round was asked for by a reopen, which nobody was held for: one too many holds the review itself. */
  reopened?: true;
}

export interface TaskIdentity {
  projectId: string;
  pipelineId: string;
  versionId: string;
  taskId: string;
  cycleId: string;
  /** Where its pipeline has a checkpoint: whose rest is waited for there. */
  batchId?: string;
}

/** The part of the pipeline that a rework child runs again. */
export interface ReworkScope {
  review: string;
  target: string;
  nodes: string[];
}

/** What a rework child reports when it ends. */
export interface ReworkExit {
  how: 'passed' | 'discarded' | 'restarted' | 'failed';
  /** Why it failed. */
  cause?: string;
  /** Indexes of the live edges that leave the scope. */
  liveEdges: number[];
  visits: Record<string, number>;
  counters: Record<string, ReviewCounter>;
  results: Record<string, NodeResult>;
}

/** A rework child as its cycle sees it. */
export interface ReworkRef {
  scope: ReworkScope;
  startedAt: number;
  /** The cycle began anew while it ran: it is cancelled, and the cycle goes on once it said how far it had got. */
  dropped?: true;
  /** What it worked on runs again, as a node before it was done anew: it is dropped, but the cycle's counters go on. */
  overtaken?: true;
  /** Held children show in the cycle's search attributes. */
  held?: 'escalated' | 'quarantined';
  /** Of the plan that it began with, where its cycle has gone on in another version since. */
  edges?: PlanEdge[];
  exit?: ReworkExit;
}

export interface CommandAnswer {
  nodeInstanceId: string;
  taskId: string;
  status: NodeStatus;
  /** Left out where another stream has the instance: a rework child that ended, or a cycle before. */
  version?: number;
  assignee?: string;
  /** ISO 8601, wall time. */
  leaseUntil?: string;
  outcome?: string;
}

/** Work of an earlier cycle that is done again: it goes first to who did it, from what was handed in. */
export interface KeptWork {
  by: string;
  submission?: SubmissionRef;
  /** It was reopened with its new answer, which is handed in as soon as it opens. */
  handsIn?: HandIn;
}

/** What somebody hands in at a node. */
export interface HandIn {
  actor: Actor;
  action: string;
  submission?: SubmissionRef;
}

export interface StreamState {
  workflowId: string;
  task: TaskIdentity;
  plan: Plan;
  /** Set on rework children. */
  scope?: ReworkScope;
  /** By index into plan.edges; an edge that is not here has not been decided. */
  edges: Record<string, 'live' | 'dead'>;
  instances: Record<string, Instance>;
  /** The instance that stands for each node in the present round. */
  current: Record<string, string>;
  visits: Record<string, number>;
  results: Record<string, NodeResult>;
  counters: Record<string, ReviewCounter>;
  reworks: Record<string, ReworkRef>;
  /** What rework children reported, by child id; after a reset a report can come before its child is started anew. */
  reports: Record<string, ReworkExit>;
  /** Checkpoints that have fired for this cycle's item. */
  fired?: Record<string, true>;
  clock: Clock;
  /** Of a resumed cycle: nodes that an earlier one has done, and work that goes first to who did it before. */
  carried?: string[];
  kept?: Record<string, KeptWork>;
  /** Something was claimed or started: the task is no longer pending. */
  started: boolean;
  status: 'open' | 'finished' | 'failed';
  outcome?: CycleOutcome;
  /** Why it failed. */
  failure?: string;
  /** Set when its task is run again: who asked, and the cycle that follows. */
  replaced?: { by: string; actor: Actor };
  /** Set when a rework child ends. */
  exit?: ReworkExit;
  /** Time of the last accepted command, milliseconds; later ones are never earlier. */
  lastAt: number;
  /** The last answers by command id, oldest first. */
  answers: [commandId: string, answer: CommandAnswer][];
}

export const answersKept = 200;

export function answerOf(state: StreamState, commandId: string): CommandAnswer | undefined {
  return state.answers.find(([id]) => id === commandId)?.[1];
}

/** The instance that stands for a node in the present round. */
export function currentInstance(state: StreamState, node: string): Instance | undefined {
  const id = state.current[node];
  return id === undefined ? undefined : state.instances[id];
}

export function slotsOf(state: StreamState, consensusId: string): Instance[] {
  return Object.values(state.instances).filter((instance) => instance.parent === consensusId);
}

/** Something that its stream waits for: open, and no late vote. */
export const isAwaited = (instance: Instance): boolean => isOpen(instance) && !instance.late;

/** Still to be worked on, or held. */
export function isOpen(instance: Instance): boolean {
  return ['available', 'claimed', 'submitted', 'escalated', 'quarantined'].includes(instance.status);
}
