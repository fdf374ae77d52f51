// Giving work back with a reason: to others, to get it again later, or to leave by the edge `skip`.
import { abandoned, heldForNobody, holderOf } from './claims.js';
import type { SkipCommand } from './commands.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { CycleEvent } from './events.js';
import { keptUntil } from './kept.js';
import { skipOutcome } from './pipeline.js';
import { planNode } from './plan-node.js';
import type { Instance, StreamState } from './state.js';

/** Where the work goes from here. */
function whatFollows(instance: Instance, command: SkipCommand, how: string, at: number): CycleEvent[] {
  // Nobody waits for a late vote.
  if (instance.late) return [abandoned(instance, at)];
  if (how === 'leave') {
    return [
      { type: 'finished', at, instance: instance.id, outcome: skipOutcome },
      { type: 'routed', at, node: instance.node, outcome: skipOutcome },
    ];
  }
  if (how !== 'others' || !command.nobodyLeft) return [];
  return [heldForNobody(instance, at)];
}

export function decideSkip(
  state: StreamState,
  instance: Instance,
  command: SkipCommand,
  at: number,
): Decision<CycleEvent[]> {
  if (instance.kind === 'consensus' && instance.parent === undefined) return reject('NOT_MOVABLE');
  const held = holderOf(instance, command, false);
  if (!held.ok) return held;
  const how = planNode(state.plan, instance.node)?.onSkip ?? 'others';
  const { actor, reason } = command;
  const kept = how === 'me' ? { reservedUntil: keptUntil(state, instance.node, at) } : {};
  return accept([
    { type: 'skipped', at, instance: instance.id, actor, reason, how, ...kept },
    ...whatFollows(instance, command, how, at),
  ]);
}
