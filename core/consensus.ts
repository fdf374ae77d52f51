// Votes, and how N independent answers become one result.
import { canonicalJson } from './canonical-json.js';
import { holderOf } from './claims.js';
import type { VoteCommand } from './commands.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { CycleEvent } from './events.js';
import type { PlanNode } from './pipeline.js';
import { endingEvents } from './ending.js';
import { route } from './graph.js';
import { discardAction, planNode } from './pipeline.js';
import type { Instance, StreamState, SubmissionRef } from './state.js';
import { slotsOf } from './state.js';

/** The outcome of a vote that ends without a winner when `onDisagreement` is `tie`. */
export const tieOutcome = 'tie';

/** One vote each; a late one of the last holder is good while nobody else holds the slot. */
function mayVote(state: StreamState, slot: Instance, { actor }: VoteCommand): Decision<null> {
  const others = slotsOf(state, slot.parent ?? '').filter(({ id }) => id !== slot.id);
  if (others.some(({ performer }) => performer === actor.id)) return reject('ONE_VOTE_EACH');
  if (slot.status === 'available' && slot.reason === 'RELEASED' && slot.lastHolder === actor.id) return accept(null);
  const held = holderOf(slot, { actor }, false);
  return !held.ok && held.rejection.code === 'NOT_HOLDER' ? reject('LEASE_LOST') : held;
}

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
      submission: command.submission ?? { id: `${instance.id}.inline`, hash: '' },
      ...(command.submission ? {} : { values: command.ballot }),
    },
  ]);
}

/** The votes for the answer with most of them, or for each of those that tied. */
function leadersBy(votes: readonly Instance[], key: (vote: Instance) => string): Instance[][] {
  const groups = new Map<string, Instance[]>();
  for (const vote of votes) groups.set(key(vote), [...(groups.get(key(vote)) ?? []), vote]);
  const most = Math.max(...[...groups.values()].map((group) => group.length));
  return [...groups.values()].filter((group) => group.length === most);
}

/** Most votes win: the action first, then the fields among the votes for it. */
export function tally(
  votes: readonly Instance[],
  threshold: number,
): { winner: SubmissionRef; action: string } | { tied: SubmissionRef[] } {
  const actions = leadersBy(votes, ({ ballot }) => String(ballot?.action));
  const groups = actions.length > 1 ? actions : leadersBy(actions[0] ?? [], ({ ballot }) => String(ballot?.choice));
  const [leading = []] = groups;
  const [vote] = leading;
  const decided = groups.length === 1 && leading.length / votes.length >= threshold;
  if (decided && vote?.submission && vote.ballot) return { winner: vote.submission, action: vote.ballot.action };
  return { tied: groups.flatMap(([first]) => (first?.submission ? [first.submission] : [])) };
}

/** The result of a vote in which every slot has voted; nothing before that. */
export function resultEvents(state: StreamState, consensus: Instance, node: PlanNode, at: number): CycleEvent[] {
  const slots = slotsOf(state, consensus.id);
  if (slots.some((slot) => slot.status !== 'submitted') || !node.consensus) return [];
  const result = tally(slots, node.consensus.threshold);
  if ('winner' in result) {
    const decided = decidedEvents(consensus, slots, { submission: result.winner }, result.action, at);
    const nowhere =
      result.action === discardAction && route(state.plan, consensus.node, result.action).taken.length === 0;
    if (!nowhere) return decided;
    const closed = new Set([consensus.id, ...slots.map(({ id }) => id)]);
    const ending = endingEvents(state, { how: 'discarded', at });
    return [
      ...decided.slice(0, -1),
      ...ending.filter((event) => event.type !== 'finished' || !closed.has(event.instance)),
    ];
  }
  if (node.consensus.onDisagreement === 'tie') {
    return decidedEvents(consensus, slots, { submission: null, tied: result.tied }, tieOutcome, at);
  }
  const actor = { id: 'taskloom' };
  return [{ type: 'escalated', at, instance: consensus.id, actor, reason: 'the votes disagree' }];
}

export function decidedEvents(
  consensus: Instance,
  slots: readonly Instance[],
  result: { submission: SubmissionRef | null; tied?: SubmissionRef[] },
  outcome: string,
  at: number,
): CycleEvent[] {
  return [
    { type: 'decided', at, instance: consensus.id, result, outcome },
    ...[...slots, consensus].map(({ id }): CycleEvent => ({ type: 'finished', at, instance: id, outcome })),
    { type: 'routed', at, node: consensus.node, outcome },
  ];
}
