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
  const voted = slotsOf(state, instance.parent).some(
    ({ id, performer }) => id !== instance.id && performer === command.actor.id,
  );
  if (voted) return reject('ONE_VOTE_EACH');
  const late =
    instance.status === 'available' && instance.reason === 'RELEASED' && instance.lastHolder === command.actor.id;
  const held = late ? accept(null) : holderOf(instance, command, false);
  if (!held.ok) return held.rejection.code === 'NOT_HOLDER' ? reject('LEASE_LOST') : held;
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

interface Tally {
  /** The votes for the answer that won, or for each of those that tied. */
  leaders: Instance[][];
  share: number;
}

function countBy(votes: readonly Instance[], key: (vote: Instance) => string): Tally {
  const groups = new Map<string, Instance[]>();
  for (const vote of votes) groups.set(key(vote), [...(groups.get(key(vote)) ?? []), vote]);
  const most = Math.max(...[...groups.values()].map((group) => group.length));
  const leaders = [...groups.values()].filter((group) => group.length === most);
  return { leaders, share: most / votes.length };
}

const submissionOf = (votes: readonly Instance[]): SubmissionRef[] =>
  votes[0]?.submission ? [votes[0].submission] : [];

/** Most votes win: the action first, then the fields among the votes for it. */
export function tally(
  votes: readonly Instance[],
  threshold: number,
): { winner: SubmissionRef; action: string } | { tied: SubmissionRef[] } {
  const actions = countBy(votes, (vote) => vote.ballot?.action ?? '');
  const forAction = actions.leaders[0] ?? [];
  const choices = countBy(forAction, (vote) => vote.ballot?.choice ?? '');
  const decided = actions.leaders.length === 1 && choices.leaders.length === 1;
  const share = (choices.leaders[0]?.length ?? 0) / votes.length;
  const winner = submissionOf(choices.leaders[0] ?? [])[0];
  if (decided && winner && share >= threshold) return { winner, action: forAction[0]?.ballot?.action ?? '' };
  const groups = actions.leaders.length > 1 ? actions.leaders : choices.leaders;
  return { tied: groups.flatMap(submissionOf) };
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
