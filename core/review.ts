// Verdicts: pass goes on, fail sends the work back, and too many of them hold it for an admin.
import type { ApproveCommand, RejectCommand } from './commands.js';
import { mayHandIn } from './claims.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import { defined } from './defined.js';
import { leavingEvents } from './ending.js';
import type { CycleEvent } from './events.js';
import { reworkedNodes } from './graph.js';
import { reworkWorkflowId } from './ids.js';
import { excludedFrom, newInstance, timeoutFrom } from './instances.js';
import { keptUntil } from './kept.js';
import type { PlanNode } from './plan-node.js';
import { reviewActions } from './pipeline.js';
import { foundBy } from './results.js';
import { reopenedVisit } from './overtaken.js';
import { planNode } from './plan-node.js';
import { isProgram } from './plan-programs.js';
import type { FieldVerdict, Instance, ReviewCounter, StreamState, SubmissionRef } from './state.js';
import { currentInstance } from './state.js';
import { repeatedSlots } from './vote-rounds.js';
import { scopeOf, targetOf } from './ways-back.js';

const noFailures: ReviewCounter = { failures: 0, reReviews: 0 };

export function decideApprove(
  state: StreamState,
  instance: Instance,
  command: ApproveCommand,
  at: number,
): Decision<CycleEvent[]> {
  if (instance.kind !== 'review') return reject('INVALID_ACTION', 'only a review is approved');
  if (command.pick !== undefined) return reject('INVALID_ACTION', 'an answer is picked at a consensus_review');
  const held = mayJudge(instance, command);
  if (!held.ok) return held;
  const { submission } = command;
  const of = planNode(state.plan, instance.node)?.review?.of ?? '';
  if (submission && !state.results[of]) return reject('INVALID_ACTION', 'nothing was handed in that could be fixed');
  const performers = submission && withFixer(state, of, command.actor.id);
  return accept(passEvents(instance, command, at, submission, performers));
}

/** A verdict may come late like a submit, but not on values that the reviewer never saw. */
export function mayJudge(instance: Instance, command: ApproveCommand | RejectCommand): Decision<null> {
  const allowed = mayHandIn(instance, command);
  return allowed.ok && instance.unread ? reject('STALE_TASK', 'what it judges was revised: claim it again') : allowed;
}

/** The author stays first: rework of what was fixed is theirs; and neither of the two judges it again. */
function withFixer(state: StreamState, of: string, fixer: string): string[] {
  return [...new Set([...(state.results[of]?.performers ?? []), fixer])];
}

/** The fields that a verdict fails: those it lists, and those with a failing verdict of their own. */
function failedFields(verdict: { fields?: string[] | undefined; fieldVerdicts?: FieldVerdict[] | undefined }) {
  const { fields, fieldVerdicts } = verdict;
  const failed = (fieldVerdicts ?? []).filter(({ verdict }) => verdict === 'fail').map(({ field }) => field);
  return fields || failed.length > 0 ? [...new Set([...(fields ?? []), ...failed])] : undefined;
}

export function passEvents(
  instance: Instance,
  command: Pick<ApproveCommand, 'actor' | 'comment' | 'fieldVerdicts'>,
  at: number,
  fix?: SubmissionRef,
  performers?: string[],
): CycleEvent[] {
  const { actor, comment, fieldVerdicts } = command;
  return [
    {
      type: 'reviewed',
      at,
      instance: instance.id,
      actor,
      verdict: fix ? 'fixed' : 'pass',
      ...defined({ submission: fix, performers, comment, fields: failedFields({ fieldVerdicts }), fieldVerdicts }),
    },
    ...leavingEvents(instance, reviewActions.approve, at),
  ];
}

/** One verdict that passes both limits quarantines. */
function heldBy(counter: ReviewCounter, limits: { maxReviewFailures: number; maxReReviews: number }) {
  if (counter.reReviews > limits.maxReReviews) return { status: 'quarantined', reason: 'too many re-reviews' } as const;
  if (counter.failures > limits.maxReviewFailures)
    return { status: 'escalated', reason: 'too many failed reviews' } as const;
  return undefined;
}

/** The visit that does rejected work again: kept for its author (votes by slot), starting from what was rejected, or held. */
function reworkedVisit(state: StreamState, review: Instance, counter: ReviewCounter, at: number): Instance | undefined {
  const rule = planNode(state.plan, review.node)?.review;
  const target = targetOf(state, review.node);
  if (!rule || !target) return undefined;
  const hold = heldBy(counter, rule);
  return newInstance(state, target, hold?.status ?? 'available', at, {
    reason: 'REOPENED',
    ...draftOf(state, target),
    ...(target.kind === 'consensus_review' ? judgedAgain(state, target) : {}),
    ...(hold
      ? { hold: { by: 'taskloom', reason: hold.reason, review: review.node } }
      : { ...keptFor(state, target, at), ...timeoutFrom(state, target, at) }),
  });
}

/** Whoever put values of their own in place of the votes counts among those who made them, and may judge them again. */
function judgedAgain(state: StreamState, target: PlanNode): Partial<Instance> {
  const judges = state.results[target.key]?.performers ?? [];
  const excluded = excludedFrom(state, target).filter((person) => !judges.includes(person));
  return { result: foundBy(state, target), excluded };
}

const draftOf = (state: StreamState, target: PlanNode): Partial<Instance> => {
  const { submission } = state.results[target.key] ?? {};
  return submission && !target.consensus ? { draft: submission } : {};
};

function keptFor(state: StreamState, target: PlanNode, at: number): Partial<Instance> {
  // A model's rejected work is people's.
  const author = state.results[target.key]?.performers.find((performer) => !isProgram(performer));
  if (author === undefined || target.consensus) return {};
  return { reservedFor: author, reservedUntil: keptUntil(state, target.key, at) };
}

/** What is held has no slots: a manager's return opens a round. */
function slotsFor(state: StreamState, visit: Instance, at: number): Instance[] {
  const node = planNode(state.plan, visit.node);
  return node?.consensus && visit.status === 'available' ? repeatedSlots(state, visit, node, at) : [];
}

/** A review may be one that is not rejected without a word. */
function mayReject(state: StreamState, instance: Instance, command: RejectCommand): Decision<null> {
  if (instance.kind !== 'review' && instance.kind !== 'consensus_review')
    return reject('INVALID_ACTION', 'only a review is rejected');
  const held = mayJudge(instance, command);
  if (!held.ok) return held;
  const isSilent = command.comment === undefined || command.comment.trim() === '';
  const needsComment = planNode(state.plan, instance.node)?.review?.commentOnFail;
  return isSilent && needsComment ? reject('COMMENT_REQUIRED') : accept(null);
}

/** Work that is open again already goes on as it is: once done, it comes to this review again. */
function sentBack(state: StreamState, review: Instance, at: number): CycleEvent[] | undefined {
  const { failures, reReviews } = state.counters[review.node] ?? noFailures;
  const counter = { failures: failures + 1, reReviews: reReviews + 1 };
  const counted = (now: ReviewCounter): CycleEvent => ({ type: 'counted', at, review: review.node, counter: now });
  if (reopenedVisit(state, targetOf(state, review.node)?.key ?? '')) {
    return [counted({ ...counter, reopened: true })];
  }
  const visit = reworkedVisit(state, review, counter, at);
  return (
    visit && [
      ...overtaken(state, visit.node, review.node, at),
      counted(counter),
      ...reworkEvents(state, review.node, visit, at),
    ]
  );
}

export function decideReject(
  state: StreamState,
  instance: Instance,
  command: RejectCommand,
  at: number,
): Decision<CycleEvent[]> {
  const allowed = mayReject(state, instance, command);
  if (!allowed.ok) return allowed;
  const { actor, comment, issueTags, fieldVerdicts } = command;
  const back = sentBack(state, instance, at);
  if (!back) return reject('INVALID_ACTION', 'this review has nothing to send back');
  return accept([
    {
      type: 'reviewed',
      at,
      instance: instance.id,
      actor,
      verdict: 'fail',
      ...defined({ comment, issueTags, fields: failedFields(command), fieldVerdicts }),
    },
    { type: 'finished', at, instance: instance.id, outcome: reviewActions.reject },
    ...back,
  ]);
}

/** Votes, and what one person made of them, are finished before their review. */
const isFinishedVote = ({ kind, status }: Instance): boolean =>
  (kind === 'consensus' || kind === 'consensus_review') && status === 'finished';

/** The visits that the rework replaces. */
function overtaken(state: StreamState, target: string, review: string, at: number): CycleEvent[] {
  const nodes = reworkedNodes(state.plan, target, review);
  const late = Object.values(state.instances).filter((instance) => instance.late && nodes.includes(instance.node));
  return [
    ...late.map(({ id }): CycleEvent => ({ type: 'finished', at, instance: id, outcome: 'superseded' })),
    ...nodes.flatMap((node): CycleEvent[] => {
      const instance = currentInstance(state, node);
      const isOpenAgain = node !== target && reopenedVisit(state, node) !== undefined;
      if (isOpenAgain && instance) return [{ type: 'finished', at, instance: instance.id, outcome: 'superseded' }];
      if (!instance || node === review) return [];
      if (instance.status !== 'submitted' && !(node === target && isFinishedVote(instance))) return [];
      return [{ type: 'finished', at, instance: instance.id, outcome: 'reworked' }];
    }),
  ];
}

/** A cycle hands the rework to a child; a child goes round by itself. */
function reworkEvents(state: StreamState, review: string, visit: Instance, at: number): CycleEvent[] {
  const nodes = reworkedNodes(state.plan, visit.node, review);
  const slots = slotsFor(state, visit, at);
  if (state.scope) {
    return [
      { type: 'reworked', at, nodes },
      ...[visit, ...slots].map((opened): CycleEvent => ({ type: 'opened', at, instance: opened.id, opened })),
    ];
  }
  const withSlots = slots.length === 0 ? {} : { slots };
  const child = reworkWorkflowId(state.task.cycleId, visit.node, visit.visit);
  const scope = { review, target: visit.node, nodes: scopeOf(state.plan, visit.node, review) };
  return [{ type: 'reworkStarted', at, child, scope, initial: visit, ...withSlots }];
}
