// Votes that are asked again: another visit of a consensus node, first kept for those who voted before, each with the own
// former answer as draft.
import type { CycleEvent } from './events.js';
import { newInstance, newSlots } from './instances.js';
import { keptUntil } from './kept.js';
import type { PlanNode } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { FormerAnswer, Instance, StreamState } from './state.js';
import { currentInstance, slotsOf } from './state.js';

/** Who answered what in a round. */
export function answersOf(slots: readonly Instance[]): FormerAnswer[] {
  return slots.flatMap(({ performer, submission, ballot }) =>
    ballot && performer !== undefined && submission ? [{ by: performer, submission }] : [],
  );
}

/** In the last round: as this stream has it, else as it was handed to it. */
function formerAnswers(state: StreamState, key: string): FormerAnswer[] {
  const here = currentInstance(state, key);
  const own = here ? answersOf(slotsOf(state, here.id)) : [];
  return own.length > 0 ? own : (state.results[key]?.answers ?? []);
}

/** Nobody who voted before is left out: where more votes were asked for than at first, so many are asked for again. */
export function repeatedSlots(state: StreamState, round: Instance, node: PlanNode, at: number): Instance[] {
  const former = formerAnswers(state, node.key);
  const reservedUntil = keptUntil(state, node.key, at);
  const count = Math.max(node.consensus?.slots ?? 0, former.length);
  return newSlots(round, count, at).map((slot, index) => {
    const answer = former[index];
    return answer ? { ...slot, reservedFor: answer.by, reservedUntil, draft: answer.submission } : slot;
  });
}

/** What a manager returns is voted on anew. */
export function newRound(state: StreamState, consensus: Instance, at: number): CycleEvent[] {
  const node = planNode(state.plan, consensus.node);
  if (!node?.consensus) return [];
  const round = newInstance(state, node, 'available', at, { reason: 'REOPENED' });
  const slots = node.consensus.keepsVoters
    ? repeatedSlots(state, round, node, at)
    : newSlots(round, node.consensus.slots, at);
  return [
    ...[...slotsOf(state, consensus.id), consensus].map(({ id }): CycleEvent => ({
      type: 'finished',
      at,
      instance: id,
      outcome: 'superseded',
    })),
    ...[round, ...slots].map((opened): CycleEvent => ({ type: 'opened', at, instance: opened.id, opened })),
  ];
}
