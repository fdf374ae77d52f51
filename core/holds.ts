// Work held for an admin: escalate by people, de-escalate, and how a hold is resolved.
import { leaseFrom } from './claims.js';
import { runningTime } from './clock.js';
import type { DeescalateCommand, EscalateCommand, ResolveCommand } from './commands.js';
import { decidedEvents } from './consensus.js';
import type { Decision } from './decision.js';
import { accept, reject, unreachable } from './decision.js';
import { endingEvents, restartEvents } from './ending.js';
import type { CycleEvent } from './events.js';
import { reworkedNodes } from './graph.js';
import { newInstance, newSlots } from './instances.js';
import { passEvents } from './review.js';
import { planNode, reviewActions } from './pipeline.js';
import type { Instance, StreamState, SubmissionRef } from './state.js';
import { currentInstance, slotsOf } from './state.js';

export function decideEscalate(
  _state: StreamState,
  instance: Instance,
  command: EscalateCommand,
  at: number,
): Decision<CycleEvent[]> {
  const { actor, reason } = command;
  if (instance.kind === 'consensus' && instance.parent === undefined) return reject('NOT_MOVABLE');
  if (instance.status !== 'available' && instance.status !== 'claimed')
    return reject('NODE_CLOSED', `it is ${instance.status}`);
  const holds = instance.status === 'claimed' && instance.assignee === actor.id;
  if (!holds && !actor.manager) return reject(instance.status === 'claimed' ? 'NOT_HOLDER' : 'NOT_CLAIMED');
  return accept([{ type: 'escalated', at, instance: instance.id, actor, reason }]);
}

export function decideDeescalate(
  state: StreamState,
  instance: Instance,
  command: DeescalateCommand,
  at: number,
): Decision<CycleEvent[]> {
  if (instance.status === 'quarantined') return reject('NODE_HELD', 'a quarantine is resolved, not de-escalated');
  if (instance.status !== 'escalated') return reject('NOT_ESCALATED', `it is ${instance.status}`);
  if (instance.kind === 'consensus' && instance.parent === undefined)
    return reject('NODE_HELD', 'resolve the disagreement');
  const lease = instance.hold?.before?.status === 'claimed' ? leaseFrom(state, instance, at) : {};
  return accept([{ type: 'deescalated', at, instance: instance.id, actor: command.actor, ...lease }]);
}

/** After a return the failures start again; from quarantine the re-reviews do too. */
function forgiven(state: StreamState, instance: Instance, at: number): CycleEvent[] {
  const review = instance.hold?.review;
  const counter = review === undefined ? undefined : state.counters[review];
  if (review === undefined || !counter) return [];
  const reReviews = instance.status === 'quarantined' ? 0 : counter.reReviews;
  return [{ type: 'counted', at, review, counter: { failures: 0, reReviews } }];
}

/** The votes are asked again in a new round. */
function newRound(state: StreamState, consensus: Instance, at: number): CycleEvent[] {
  const node = planNode(state.plan, consensus.node);
  if (!node?.consensus) return [];
  const round = newInstance(state, node, 'available', at, { reason: 'REOPENED' });
  return [
    ...[...slotsOf(state, consensus.id), consensus].map(({ id }): CycleEvent => ({
      type: 'finished',
      at,
      instance: id,
      outcome: 'superseded',
    })),
    ...[round, ...newSlots(round, node.consensus.slots)].map((opened): CycleEvent => ({
      type: 'opened',
      at,
      instance: opened.id,
      opened,
    })),
  ];
}

/** Accepting what is held counts as a pass of the review that held it; nothing between the two runs again. */
function acceptedRework(
  state: StreamState,
  instance: Instance,
  review: string,
  action: string,
  at: number,
): CycleEvent[] {
  const skipped = reworkedNodes(state.plan, instance.node, review).filter(
    (key) => key !== instance.node && !currentInstance(state, key),
  );
  return [
    { type: 'finished', at, instance: instance.id, outcome: action },
    ...skipped.flatMap((key): CycleEvent[] => {
      const node = planNode(state.plan, key);
      if (!node) return [];
      const opened = newInstance(state, node, 'na', at);
      return [{ type: 'opened', at, instance: opened.id, opened }];
    }),
    { type: 'routed', at, node: review, outcome: reviewActions.approve },
  ];
}

function acceptEvents(
  state: StreamState,
  instance: Instance,
  command: ResolveCommand,
  submission: SubmissionRef | undefined,
  at: number,
): Decision<CycleEvent[]> {
  const { actor } = command;
  if (instance.kind === 'review') return accept(passEvents(instance, command, at, command.submission));
  if (!submission) return reject('INVALID_ACTION', 'nothing was handed in that could be accepted');
  if (instance.kind === 'consensus') {
    if (command.how !== 'fixAndAccept') return reject('INVALID_ACTION', 'the votes disagree; return, fix or discard');
    const consensus = state.instances[instance.parent ?? instance.id] ?? instance;
    const action = planNode(state.plan, instance.node)?.actions[0] ?? '';
    return accept(decidedEvents(consensus, slotsOf(state, consensus.id), { submission }, action, at));
  }
  const action = state.results[instance.node]?.outcome ?? planNode(state.plan, instance.node)?.actions[0] ?? '';
  if (instance.hold?.review !== undefined)
    return accept(acceptedRework(state, instance, instance.hold.review, action, at));
  const author = state.results[instance.node]?.performers[0];
  const by = command.how === 'accept' && author !== undefined ? { id: author, via: actor.id } : actor;
  return accept([
    { type: 'submitted', at, instance: instance.id, actor: by, action, submission },
    { type: 'routed', at, node: instance.node, outcome: action },
  ]);
}

export function decideResolve(
  state: StreamState,
  instance: Instance,
  command: ResolveCommand,
  at: number,
): Decision<CycleEvent[]> {
  const { actor, how, to, comment } = command;
  if (instance.status !== 'escalated' && instance.status !== 'quarantined') {
    return reject('NOT_ESCALATED', `it is ${instance.status}`);
  }
  if (!actor.manager) return reject('NOT_HOLDER', 'managers and admins resolve');
  const submission = command.submission ?? instance.submission ?? instance.draft;
  const resolved: CycleEvent = {
    type: 'resolved',
    at,
    instance: instance.id,
    actor,
    how,
    ...(to === undefined || how !== 'return'
      ? {}
      : {
          to,
          reservedUntil: runningTime(state.clock, at) + (planNode(state.plan, instance.node)?.retainMs ?? 0),
        }),
    ...(comment === undefined ? {} : { comment }),
    ...(command.submission ? { submission: command.submission } : {}),
  };
  switch (how) {
    case 'return': {
      const round = instance.kind === 'consensus' && instance.parent === undefined;
      return accept([resolved, ...forgiven(state, instance, at), ...(round ? newRound(state, instance, at) : [])]);
    }
    case 'accept':
    case 'fixAndAccept': {
      if (how === 'fixAndAccept' && !command.submission) return reject('MALFORMED_COMMAND', '"submission" is missing');
      const accepted = acceptEvents(state, instance, command, submission, at);
      return accepted.ok ? accept([resolved, ...accepted.value]) : accepted;
    }
    case 'discard':
      return accept([resolved, ...endingEvents(state, { how: 'discarded', at, actor })]);
    case 'restart':
      return accept(
        state.scope
          ? [resolved, ...endingEvents(state, { how: 'restarted', at, actor })]
          : [resolved, ...restartEvents(state, at)],
      );
    default:
      return unreachable(how);
  }
}
