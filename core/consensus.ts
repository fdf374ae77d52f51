// Votes, and what follows from them: a result, one more vote, or a disagreement. tally.ts counts.
import { canonicalJson } from './canonical-json.js';
import { mayHandIn } from './claims.js';
import type { VoteCommand } from './commands.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { CycleEvent } from './events.js';
import type { PlanNode } from './plan-node.js';
import { defined } from './defined.js';
import { endingEvents } from './ending.js';
import { route } from './graph.js';
import { discardAction } from './pipeline.js';
import { inlineSubmission } from './inline-values.js';
import { planNode } from './plan-node.js';
import { newSlot } from './instances.js';
import type { Instance, StreamState, VoteResult } from './state.js';
import { slotsOf } from './state.js';
import type { Tally } from './tally.js';
import { openWeight, optionsOf, tally } from './tally.js';

/** The outcome of a vote that ends without a winner when `onDisagreement` is `tie`. */
export const tieOutcome = 'tie';
/** The outcome where it is `adjudicate`. */
export const disagreementOutcome = 'disagreement';
/** The outcome of a slot whose vote came after the result. */
export const lateOutcome = 'late';

/** One vote each. */
function mayVote(state: StreamState, slot: Instance, command: VoteCommand): Decision<null> {
  const others = slotsOf(state, slot.parent ?? '').filter(({ id }) => id !== slot.id);
  if (others.some(({ performer }) => performer === command.actor.id)) return reject('ONE_VOTE_EACH');
  return mayHandIn(slot, command);
}

const lateEvents = ({ id, late }: Instance, at: number): CycleEvent[] =>
  late ? [{ type: 'finished', at, instance: id, outcome: lateOutcome }] : [];

export function decideVote(
  state: StreamState,
  instance: Instance,
  command: VoteCommand,
  at: number,
): Decision<CycleEvent[]> {
  const node = planNode(state.plan, instance.node);
  if (instance.kind !== 'consensus' || !node?.consensus)
    return reject('INVALID_ACTION', 'only a consensus node takes votes');
  if (instance.parent === undefined) return reject('NOT_MOVABLE', 'vote on the slot that you claimed');
  if (instance.status === 'finished') return reject('CONSENSUS_CLOSED');
  const mine = mayVote(state, instance, command);
  if (!mine.ok) return mine;
  const action = command.action ?? node.actions[0] ?? '';
  if (!node.actions.includes(action)) return reject('INVALID_ACTION', `this node knows ${node.actions.join(', ')}`);
  const compared = Object.fromEntries(node.consensus.fields.map((field) => [field, command.ballot[field] ?? null]));
  return accept([
    {
      type: 'voted',
      at,
      instance: instance.id,
      actor: command.actor,
      ballot: { action, choice: canonicalJson(compared) },
      submission: command.submission ?? inlineSubmission(instance.id),
      ...(command.submission ? {} : { values: command.ballot }),
    },
    ...lateEvents(instance, at),
  ]);
}

/** The result as soon as it is certain; nothing before that. */
export function resultEvents(state: StreamState, consensus: Instance, node: PlanNode, at: number): CycleEvent[] {
  const { consensus: rule } = node;
  const slots = slotsOf(state, consensus.id);
  const voted = slots.filter(({ status }) => status === 'submitted');
  const open = slots.length - voted.length;
  if (!rule || voted.length === 0 || (open > 0 && !rule.stopEarly)) return [];
  const result = tally(voted, rule, openWeight(rule, voted, open));
  if ('winner' in result) return wonEvents(state, consensus, result, at);
  if (open > 0) return [];
  // Further votes can't make votes unanimous that are not.
  if (slots.length < (rule.max ?? 0) && rule.kind !== 'unanimous') {
    const opened = newSlot(consensus, slots.length + 1, at);
    return [{ type: 'opened', at, instance: opened.id, opened }];
  }
  return disagreementEvents(state, consensus, result, at);
}

function wonEvents(
  state: StreamState,
  consensus: Instance,
  { winner, action, merged }: Extract<Tally, { winner: unknown }>,
  at: number,
): CycleEvent[] {
  const decided = decidedEvents(state, consensus, { submission: winner, ...defined({ merged }) }, action, at);
  const nowhere = action === discardAction && route(state.plan, consensus.node, action).taken.length === 0;
  if (!nowhere) return decided;
  const closed = new Set(decided.flatMap((event) => (event.type === 'finished' ? [event.instance] : [])));
  const ending = endingEvents(state, { how: 'discarded', at });
  return [
    ...decided.slice(0, -1),
    ...ending.filter((event) => event.type !== 'finished' || !closed.has(event.instance)),
  ];
}

function disagreementEvents(
  state: StreamState,
  consensus: Instance,
  { tied }: Extract<Tally, { tied: unknown }>,
  at: number,
): CycleEvent[] {
  const onDisagreement = planNode(state.plan, consensus.node)?.consensus?.onDisagreement;
  if (onDisagreement === 'tie') return decidedEvents(state, consensus, { submission: null, tied }, tieOutcome, at);
  if (onDisagreement === 'adjudicate') {
    return decidedEvents(state, consensus, { submission: null, tied }, disagreementOutcome, at);
  }
  const actor = { id: 'taskloom' };
  return [{ type: 'escalated', at, instance: consensus.id, actor, reason: 'the votes disagree' }];
}

/**
 * Ends a vote. Slots that nobody has are closed; those that somebody works on are closed too, or left to them as late ones,
 * which nothing waits for.
 */
export function decidedEvents(
  state: StreamState,
  consensus: Instance,
  result: VoteResult,
  outcome: string,
  at: number,
): CycleEvent[] {
  const slots = slotsOf(state, consensus.id);
  const rule = planNode(state.plan, consensus.node)?.consensus;
  const voted = slots.filter(({ status }) => status === 'submitted');
  const isLate = ({ status }: Instance): boolean =>
    status === 'claimed' && rule?.stopEarly === true && rule.onEarlyStop !== 'cancel';
  const late = slots.filter(isLate).map(({ id }) => id);
  const finished = slots.filter((slot) => !isLate(slot));
  return [
    {
      type: 'decided',
      at,
      instance: consensus.id,
      result,
      outcome,
      ...(rule && isReviewed(state, consensus.node) ? { options: optionsOf(voted, rule) } : {}),
      ...(late.length === 0 ? {} : { late }),
    },
    ...finished.map(({ id, status }): CycleEvent => ({
      type: 'finished',
      at,
      instance: id,
      outcome: status === 'submitted' ? outcome : 'superseded',
    })),
    { type: 'finished', at, instance: consensus.id, outcome },
    { type: 'routed', at, node: consensus.node, outcome },
  ];
}

const isReviewed = (state: StreamState, key: string): boolean =>
  state.plan.nodes.some(({ kind, review }) => kind === 'consensus_review' && review?.of === key);
