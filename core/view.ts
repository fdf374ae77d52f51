// What a stream shows of itself: the status of its task, who or what it waits for, and a text that an ops person can read.
import { nextDeadline } from './claims.js';
import type { PausedCode } from './clock.js';
import { pausedBy, wallTime } from './clock.js';
import { isoTime } from './decide.js';
import { defined } from './defined.js';
import type { NodeKind } from './pipeline.js';
import type { Instance, NodeStatus, StreamState, TaskStatus } from './state.js';
import { isAwaited, slotsOf } from './state.js';

export interface Waiting {
  node: string;
  kind: NodeKind;
  instance: string;
  status: NodeStatus;
  /** A role, a member, or `admin` where it is held. */
  for: string;
  since: string;
  until?: string;
  reason?: string;
  /** What pause it stands still with. */
  paused?: PausedCode;
}

const pausedWith: Record<PausedCode, string> = {
  PIPELINE_PAUSED: 'its pipeline',
  NODE_PAUSED: 'its node',
  TASK_PAUSED: 'the task',
};

const roleOf: Record<NodeKind, string> = {
  start: '',
  end: '',
  labeling: 'annotator',
  consensus: 'annotator',
  review: 'reviewer',
  llm: 'annotator',
  external: 'program',
  code: 'program',
  gate: 'program',
  chain: 'program',
  checkpoint: 'batch',
  consensus_review: 'reviewer',
};

const isHeld = ({ status }: Instance): boolean => status === 'escalated' || status === 'quarantined';

/** What is held can be resolved, and a batch goes on, whatever is paused. */
const pauseOf = ({ clock }: StreamState, instance: Instance): PausedCode | undefined =>
  isHeld(instance) || instance.kind === 'checkpoint' ? undefined : pausedBy(clock, instance.node);

function waitingOn(state: StreamState, instance: Instance): Waiting {
  const held = isHeld(instance);
  const until = instance.leaseUntil ?? instance.reservedUntil;
  const wall = until === undefined ? undefined : wallTime(state.clock, until, instance.node);
  return {
    node: instance.node,
    kind: instance.kind,
    instance: instance.id,
    status: instance.status,
    for: held ? 'admin' : (instance.assignee ?? instance.reservedFor ?? roleOf[instance.kind]),
    since: isoTime((instance.status === 'claimed' ? instance.claimedAt : undefined) ?? instance.openedAt),
    ...defined({
      until: wall === undefined ? undefined : isoTime(wall),
      reason: instance.hold?.reason,
      paused: pauseOf(state, instance),
    }),
  };
}

/** Who or what the stream waits for; work that was handed in waits for its review, which is listed itself. */
export function waitingFor(state: StreamState): Waiting[] {
  return Object.values(state.instances)
    .filter((instance) => isAwaited(instance) && (instance.status !== 'submitted' || instance.kind === 'checkpoint'))
    .map((instance) => waitingOn(state, instance));
}

/** The first that applies of failed, quarantined, escalated, paused, in_progress, pending, finished. */
export function taskStatus(state: StreamState): TaskStatus {
  if (state.status !== 'open') return state.status;
  const statuses = Object.values(state.instances).map(({ status }) => status as string);
  const held = Object.values(state.reworks).flatMap((rework) => (rework.held && !rework.exit ? [rework.held] : []));
  const all = [...statuses, ...held];
  if (all.includes('quarantined')) return 'quarantined';
  if (all.includes('escalated')) return 'escalated';
  const { pausedAtMs, own } = state.clock;
  if (pausedAtMs !== undefined || own?.pausedAtMs !== undefined) return 'paused';
  return state.started ? 'in_progress' : 'pending';
}

/** Roles that could take the cycle further, for the search attribute. */
export function waitingRoles(state: StreamState): string[] {
  const roles = waitingFor(state).map(({ status, kind, instance }) => {
    if (status === 'escalated' || status === 'quarantined') return 'admin';
    return state.instances[instance]?.execution === undefined ? roleOf[kind] : 'program';
  });
  const reworks = Object.values(state.reworks).flatMap((rework) =>
    rework.exit ? [] : rework.held ? ['admin'] : ['annotator', 'reviewer'],
  );
  return [...new Set([...roles, ...reworks])].sort();
}

/** How far a vote has got. */
function votesIn(state: StreamState, consensus: string): string {
  const slots = slotsOf(state, consensus);
  const voted = slots.filter(({ ballot }) => ballot !== undefined);
  return slots.length === 0 ? '' : ` (${String(voted.length)} of ${String(slots.length)} votes are in)`;
}

const restOfBatch = ({ task }: StreamState, { node, since }: Waiting): string =>
  `- **${node}** waits for the rest of batch \`${task.batchId ?? ''}\` since ${since}`;

function lineOf(state: StreamState, waiting: Waiting): string {
  if (waiting.kind === 'checkpoint') return restOfBatch(state, waiting);
  const until = waiting.until === undefined ? '' : `, until ${waiting.until}`;
  const reason = waiting.reason === undefined ? '' : ` (${waiting.reason})`;
  const paused = waiting.paused === undefined ? '' : `; paused with ${pausedWith[waiting.paused]}`;
  const who = `\`${waiting.for}\`${votesIn(state, waiting.instance)}`;
  return `- **${waiting.node}** is ${waiting.status}: waits for ${who} since ${waiting.since}${until}${reason}${paused}`;
}

/** Markdown for the Web UI's details: what the cycle waits for, since when and until when. */
export function describe(state: StreamState): string {
  const status = taskStatus(state);
  if (state.status === 'failed') return `**failed**: ${state.failure ?? ''}`;
  if (state.status === 'finished') return `**${status}**, outcome \`${state.outcome ?? ''}\``;
  const lines = waitingFor(state)
    .filter(({ instance: id }) => {
      const instance = state.instances[id];
      return instance?.parent === undefined || instance.status === 'claimed';
    })
    .slice(0, 20)
    .map((waiting) => lineOf(state, waiting));
  const reworks = Object.entries(state.reworks).flatMap(([child, rework]) =>
    rework.exit
      ? []
      : [
          `- **${rework.scope.target}** is ${rework.dropped ? 'closed for the restart' : (rework.held ?? 'reworked')}: see workflow \`${child}\``,
        ],
  );
  const due = nextDeadline(state);
  return [
    `Task **${status}**\n`,
    ...lines,
    ...reworks,
    ...(due === undefined ? [] : [`\nNext deadline ${isoTime(due)}`]),
  ].join('\n');
}
