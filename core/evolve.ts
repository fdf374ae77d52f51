// The only writer of a stream's state: folds one event in. Never refuses, never reads a clock.
import { caughtUp, paused, resumed, turned } from './clock.js';
import { defined } from './defined.js';
import type { CycleEvent } from './events.js';
import { migrated } from './migrate.js';
import { settingsChanged } from './tuning.js';
import { reviewActions } from './pipeline.js';
import { decidedResult, judgedAnew, revised } from './results.js';
import type { Instance, NodeResult, StreamState, SubmissionRef } from './state.js';
import { cleared, opened, overtaken, restarted, reworkEnded, reworkStarted, withEdges } from './rounds.js';

type Patch = { [K in keyof Instance]?: Instance[K] | undefined };

/** Copies with changed fields; a field set to undefined is removed, so that the state stays plain JSON. */
function patched(instance: Instance, patch: Patch): Instance {
  return defined({ ...instance, ...patch, version: instance.version + 1 }) as Instance;
}

const noClaim: Patch = {
  assignee: undefined,
  leaseUntil: undefined,
  holdUntil: undefined,
  execution: undefined,
  revised: undefined,
};
const noReservation: Patch = { reservedFor: undefined, reservedUntil: undefined };

function on(state: StreamState, id: string, patch: (instance: Instance) => Patch): StreamState {
  const instance = state.instances[id];
  if (!instance) return state;
  return { ...state, instances: { ...state.instances, [id]: patched(instance, patch(instance)) } };
}

function finished(state: StreamState, event: Extract<CycleEvent, { type: 'finished' }>): StreamState {
  const next = on(state, event.instance, () => ({
    ...noClaim,
    ...noReservation,
    status: 'finished',
    late: undefined,
    outcome: event.outcome,
    finishedAt: event.at,
  }));
  return next;
}

/** Remembers what a node's work came to, for the nodes after it. */
function withResult(state: StreamState, id: string, result: Partial<NodeResult>): StreamState {
  const instance = state.instances[id];
  if (!instance || instance.parent !== undefined) return state;
  const performers = instance.performer === undefined ? [] : [instance.performer];
  const full: NodeResult = {
    instance: id,
    performers,
    outcome: instance.outcome ?? '',
    ...(instance.submission ? { submission: instance.submission } : {}),
    ...result,
  };
  return { ...state, results: { ...state.results, [instance.node]: full } };
}

function deescalated(state: StreamState, event: Extract<CycleEvent, { type: 'deescalated' }>): StreamState {
  return on(state, event.instance, ({ hold }) => {
    const before = hold?.before;
    const claimed = before?.status === 'claimed' && before.assignee !== undefined;
    return {
      hold: undefined,
      status: claimed ? 'claimed' : 'available',
      ...(claimed
        ? { assignee: before.assignee, claimedAt: event.at, leaseUntil: event.leaseUntil, holdUntil: event.holdUntil }
        : {}),
    };
  });
}

function returned(state: StreamState, event: EventOf<'resolved'>): StreamState {
  const vote = state.instances[event.instance]?.parent;
  const open = vote === undefined ? state : on(state, vote, () => ({ skippedBy: undefined }));
  return on(open, event.instance, () => ({
    ...noReservation,
    hold: undefined,
    skippedBy: undefined,
    status: 'available',
    reason: 'REOPENED',
    reservedFor: event.to,
    reservedUntil: event.reservedUntil,
    ...defined({ timeoutAt: event.timeoutAt }),
  }));
}

function resolved(state: StreamState, event: Extract<CycleEvent, { type: 'resolved' }>): StreamState {
  if (event.how === 'return') return returned(state, event);
  if (event.how !== 'accept' && event.how !== 'fixAndAccept') return on(state, event.instance, () => noReservation);
  const node = state.instances[event.instance]?.node ?? '';
  const before = state.results[node];
  const performer = event.how === 'fixAndAccept' ? event.actor.id : before?.performers[0];
  const next = on(state, event.instance, ({ submission, draft }) => ({
    ...noReservation,
    hold: undefined,
    performer,
    submission: event.submission ?? submission ?? draft,
  }));
  // What a vote comes to is decided by an event of its own.
  if (!before || next.instances[event.instance]?.kind === 'consensus') return next;
  return withResult(next, event.instance, { outcome: before.outcome });
}

function ended(state: StreamState, event: Extract<CycleEvent, { type: 'ended' }>): StreamState {
  const { outcome, exit, cause, replacedBy, actor } = event;
  const end: Partial<StreamState> = outcome
    ? { status: 'finished', outcome }
    : { status: 'failed', failure: cause ?? '' };
  const replaced = replacedBy === undefined || !actor ? {} : { replaced: { by: replacedBy, actor } };
  return { ...state, ...end, ...(exit ? { exit } : {}), ...replaced };
}

function reviewed(state: StreamState, event: Extract<CycleEvent, { type: 'reviewed' }>): StreamState {
  const { instance: id, actor, verdict, at } = event;
  const next = withResult(
    on(state, id, () => ({ verdict, performer: actor.id, submittedAt: at })),
    id,
    { outcome: verdict === 'fail' ? reviewActions.reject : reviewActions.approve },
  );
  return judgedAnew(next, event);
}

type EventOf<T extends CycleEvent['type']> = Extract<CycleEvent, { type: T }>;

function claimed(state: StreamState, event: EventOf<'claimed'>): StreamState {
  const next = on(state, event.instance, () => ({
    ...noReservation,
    status: 'claimed',
    assignee: event.actor.id,
    lastHolder: event.actor.id,
    claimedAt: event.at,
    leaseUntil: event.leaseUntil,
    holdUntil: event.holdUntil,
  }));
  return { ...next, started: true };
}

function executionStarted(state: StreamState, event: EventOf<'executionStarted'>): StreamState {
  const next = on(state, event.instance, () => ({
    ...noReservation,
    status: 'claimed',
    assignee: event.actor.id,
    claimedAt: event.at,
    execution: event.execution,
  }));
  return { ...next, started: true };
}

/** From now on it is people's. */
function toPeople(state: StreamState, id: string, draft: SubmissionRef | undefined): StreamState {
  return on(state, id, () => ({ ...noClaim, status: 'available', reason: 'RELEASED', ...(draft ? { draft } : {}) }));
}

function skipped(state: StreamState, event: EventOf<'skipped'>): StreamState {
  const { instance: id, actor, how, reservedUntil } = event;
  const instance = state.instances[id];
  if (!instance) return state;
  const byOthers = (skippedBy: string[] = []): Patch =>
    how === 'others' ? { skippedBy: [...skippedBy, actor.id] } : {};
  const next = on(state, id, () => ({
    ...noClaim,
    status: 'available',
    reason: 'SKIPPED',
    lastHolder: undefined,
    ...(how === 'me' ? { reservedFor: actor.id, reservedUntil } : {}),
    ...(instance.parent === undefined ? byOthers(instance.skippedBy) : {}),
  }));
  // Slots are alike: who skipped one has skipped the vote.
  return instance.parent === undefined ? next : on(next, instance.parent, ({ skippedBy }) => byOthers(skippedBy));
}

function submitted(state: StreamState, event: EventOf<'submitted'>): StreamState {
  const next = on(state, event.instance, () => ({
    ...noClaim,
    ...noReservation,
    status: 'submitted',
    performer: event.actor.id,
    submittedAt: event.at,
    outcome: event.action,
    submission: event.submission,
  }));
  return withResult(next, event.instance, {});
}

function voted(state: StreamState, event: EventOf<'voted'>): StreamState {
  return on(state, event.instance, () => ({
    ...noClaim,
    status: 'submitted',
    performer: event.actor.id,
    submittedAt: event.at,
    ballot: event.ballot,
    submission: event.submission,
  }));
}

function decided(state: StreamState, event: EventOf<'decided'>): StreamState {
  const { instance, result, late = [] } = event;
  const next = late.reduce(
    (present, id) => on(present, id, () => ({ late: true })),
    on(state, instance, () => ({ result })),
  );
  return withResult(next, instance, decidedResult(state, event));
}

/** What leads out of the reworked nodes and was taken before stays as it is: other branches are at work there. */
function reworked(state: StreamState, event: EventOf<'reworked'>): StreamState {
  return cleared(state, event.nodes, (index) => {
    const target = state.plan.edges[index]?.to ?? '';
    return state.edges[String(index)] === 'live' && !event.nodes.includes(target);
  });
}

function reworkHeld(state: StreamState, event: EventOf<'reworkHeld'>): StreamState {
  const rework = Object.hasOwn(state.reworks, event.child) ? state.reworks[event.child] : undefined;
  if (!rework || rework.exit) return state;
  const { held: _, ...rest } = rework;
  const next = event.held === null ? rest : { ...rest, held: event.held };
  return { ...state, reworks: { ...state.reworks, [event.child]: next } };
}

function escalated(state: StreamState, event: EventOf<'escalated'>): StreamState {
  return on(state, event.instance, ({ status, assignee, execution }) => ({
    ...noClaim,
    status: 'escalated',
    // A program's run is over with its claim: it begins again.
    hold: {
      by: event.actor.id,
      reason: event.reason,
      before: execution === undefined ? { status, ...defined({ assignee }) } : { status: 'available' },
    },
  }));
}

type Folds = {
  [T in CycleEvent['type']]: (state: StreamState, event: Extract<CycleEvent, { type: T }>) => StreamState;
};

const unchanged = (state: StreamState): StreamState => state;

const folds: Folds = {
  opened: (state, event) => opened(state, event.opened),
  claimed,
  prolonged: (state, event) => on(state, event.instance, () => ({ leaseUntil: event.leaseUntil })),
  released: (state, event) =>
    on(state, event.instance, () => ({ ...noClaim, status: 'available', reason: 'RELEASED' })),
  skipped,
  freed: (state, event) => on(state, event.instance, () => noReservation),
  submitted,
  voted,
  reviewed,
  decided,
  executionStarted,
  executionFailed: (state, event) => (event.to === 'people' ? toPeople(state, event.instance, undefined) : state),
  suggested: (state, event) => toPeople(state, event.instance, event.submission),
  finished,
  routed: (state, event) => withEdges(state, event.node, event.outcome),
  counted: (state, event) => ({ ...state, counters: { ...state.counters, [event.review]: event.counter } }),
  checkpointFired: (state, { node }) => ({ ...state, fired: { ...state.fired, [node]: true } }),
  reworked,
  reworkStarted,
  reworkHeld,
  reported: (state, event) => ({ ...state, reports: { ...state.reports, [event.child]: event.exit } }),
  reworkEnded,
  escalated,
  deescalated,
  resolved,
  recalled: (state, event) => cleared(state, event.nodes, () => false),
  reopened: unchanged,
  revised,
  overtaken: (state, event) =>
    overtaken(
      on(state, state.current[event.node] ?? '', () => ({ reopened: undefined })),
      event,
    ),
  restarted,
  ended,
  rerun: unchanged,
  rejected: unchanged,
  // The task's own fields are not the cycle's to decide on; the record carries them.
  edited: unchanged,
  settingsChanged,
  migrated,
  paused: (state, event) => ({ ...state, clock: turned(state.clock, event.at, paused) }),
  resumed: (state, event) => ({ ...state, clock: turned(state.clock, event.at, resumed) }),
  clocked: (state, event) => ({ ...state, clock: caughtUp(state.clock, event.clock) }),
  resynced: unchanged,
};

/** Folds one event into the state. */
export function evolve(state: StreamState, event: CycleEvent): StreamState {
  // The table pairs each type with its own fold; an index into it loses that pairing for the compiler.
  const fold = folds[event.type] as (present: StreamState, happened: CycleEvent) => StreamState;
  return fold(state, event);
}
