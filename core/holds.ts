// Work held for an admin: escalate by people, de-escalate, and how a hold is resolved.
import { leaseFrom } from './claims.js';
import type { DeescalateCommand, EscalateCommand, ResolveCommand } from './commands.js';
import { decidedEvents } from './consensus.js';
import type { Decision } from './decision.js';
import { accept, reject, unreachable } from './decision.js';
import { defined } from './defined.js';
import { endingEvents, restartEvents } from './ending.js';
import type { CycleEvent } from './events.js';
import { reworkedNodes } from './graph.js';
import { newInstance, timeoutFrom } from './instances.js';
import { acceptedReview } from './consensus-review.js';
import { keptUntil } from './kept.js';
import { passEvents } from './review.js';
import { reviewActions } from './pipeline.js';
import { planNode } from './plan-node.js';
import type { Instance, StreamState, SubmissionRef, VoteResult } from './state.js';
import { currentInstance } from './state.js';
import { newRound } from './vote-rounds.js';

export function decideEscalate(
  _state: StreamState,
  instance: Instance,
  command: EscalateCommand,
  at: number,
): Decision<CycleEvent[]> {
  const { actor, reason } = command;
  if (instance.kind === 'consensus' && instance.parent === undefined) return reject('NOT_MOVABLE');
  if (instance.late) return reject('CONSENSUS_CLOSED', 'vote all the same, or release it');
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

/** A manager's own values end a vote that had no winner. */
function acceptedVote(
  state: StreamState,
  instance: Instance,
  command: ResolveCommand,
  at: number,
): Decision<CycleEvent[]> {
  const consensus = state.instances[instance.parent ?? instance.id] ?? instance;
  const action = planNode(state.plan, instance.node)?.actions[0] ?? '';
  const result = acceptedAnswer(state, instance, command.submission);
  if (!result) return reject('INVALID_ACTION', 'the votes disagree; return, fix or discard');
  const review = instance.hold?.review;
  if (review === undefined) return accept(decidedEvents(state, consensus, result, action, at));
  return accept([
    { type: 'decided', at, instance: consensus.id, result, outcome: action },
    ...acceptedRework(state, consensus, review, action, at),
  ]);
}

/** What a review held may go on with the result that it rejected. */
function acceptedAnswer(state: StreamState, { hold, node }: Instance, own?: SubmissionRef): VoteResult | undefined {
  if (own) return { submission: own };
  const before = hold?.review === undefined ? undefined : state.results[node];
  return before?.submission && { submission: before.submission, ...defined({ merged: before.merged }) };
}

/** Held by a later review, it counts as a pass of that one; else it goes on to what follows, as it would by an approval. */
function acceptedJudgement(
  state: StreamState,
  instance: Instance,
  command: ResolveCommand,
  at: number,
): Decision<CycleEvent[]> {
  const passed = acceptedReview(instance, command, at);
  const review = instance.hold?.review;
  if (!passed.ok || review === undefined || review === instance.node) return passed;
  const verdict = passed.value.filter(({ type }) => type === 'reviewed');
  return accept([...verdict, ...acceptedRework(state, instance, review, reviewActions.approve, at)]);
}

/** Work that people escalated goes on as if it was handed in; what is accepted as it was stays its author's. */
function acceptedWork(
  state: StreamState,
  instance: Instance,
  command: ResolveCommand,
  submission: SubmissionRef,
  at: number,
): CycleEvent[] {
  const result = state.results[instance.node];
  const action = result?.outcome ?? planNode(state.plan, instance.node)?.actions[0] ?? '';
  const review = instance.hold?.review;
  if (review !== undefined) return acceptedRework(state, instance, review, action, at);
  const author = result?.performers[0];
  const isAuthors = command.how === 'accept' && author !== undefined;
  const actor = isAuthors ? { id: author, via: command.actor.id } : command.actor;
  return [
    { type: 'submitted', at, instance: instance.id, actor, action, submission },
    { type: 'routed', at, node: instance.node, outcome: action },
  ];
}

function acceptEvents(
  state: StreamState,
  instance: Instance,
  command: ResolveCommand,
  at: number,
): Decision<CycleEvent[]> {
  if (command.how === 'fixAndAccept' && !command.submission) {
    return reject('MALFORMED_COMMAND', '"submission" is missing');
  }
  if (instance.kind === 'review') return accept(passEvents(instance, command, at, command.submission));
  if (instance.kind === 'consensus_review') return acceptedJudgement(state, instance, command, at);
  if (instance.kind === 'consensus') return acceptedVote(state, instance, command, at);
  const submission = command.submission ?? instance.submission ?? instance.draft;
  if (!submission) return reject('INVALID_ACTION', 'nothing was handed in that could be accepted');
  return accept(acceptedWork(state, instance, command, submission, at));
}

function returnEvents(state: StreamState, instance: Instance, at: number): CycleEvent[] {
  const round = instance.kind === 'consensus' && instance.parent === undefined;
  return [...forgiven(state, instance, at), ...(round ? newRound(state, instance, at) : [])];
}

function wayOut(state: StreamState, instance: Instance, command: ResolveCommand, at: number): Decision<CycleEvent[]> {
  const { actor, how } = command;
  switch (how) {
    case 'return':
      return accept(returnEvents(state, instance, at));
    case 'accept':
    case 'fixAndAccept':
      return acceptEvents(state, instance, command, at);
    case 'discard':
      return accept(endingEvents(state, { how: 'discarded', at, actor }));
    case 'restart':
      return accept(state.scope ? endingEvents(state, { how: 'restarted', at, actor }) : restartEvents(state, at));
    default:
      return unreachable(how);
  }
}

export function decideResolve(
  state: StreamState,
  instance: Instance,
  command: ResolveCommand,
  at: number,
): Decision<CycleEvent[]> {
  const { actor, how, comment, submission } = command;
  if (instance.status !== 'escalated' && instance.status !== 'quarantined') {
    return reject('NOT_ESCALATED', `it is ${instance.status}`);
  }
  if (!actor.manager) return reject('NOT_HOLDER', 'managers and admins resolve');
  const events = wayOut(state, instance, command, at);
  if (!events.ok) return events;
  // Another round of votes is kept for those who voted.
  const isVote = instance.kind === 'consensus' && instance.parent === undefined;
  const to = how === 'return' && !isVote ? command.to : undefined;
  const reservedUntil = to === undefined ? undefined : keptUntil(state, instance.node, at);
  const resolved: CycleEvent = {
    type: 'resolved',
    at,
    instance: instance.id,
    actor,
    how,
    ...defined({ to, reservedUntil, comment, submission }),
    ...(how === 'return' ? timeoutFrom(state, planNode(state.plan, instance.node), at) : {}),
  };
  return accept([resolved, ...events.value]);
}
