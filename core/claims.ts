// Holding work: claim, release, heartbeat, and what time does to leases and reservations.
import { runningTime, wallTime } from './clock.js';
import type { ClaimCommand, HeartbeatCommand, ReleaseCommand } from './commands.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import { leavingEvents } from './ending.js';
import type { CycleEvent } from './events.js';
import { ruledOut } from './instances.js';
import { timeoutOutcome } from './pipeline.js';
import { planNode } from './plan-node.js';
import type { Instance, StreamState } from './state.js';
import { slotsOf } from './state.js';

/** Heartbeats prolong a claim up to this many leases. */
const maxHoldLeases = 8;

export function leaseFrom(
  state: StreamState,
  instance: Instance,
  at: number,
): { leaseUntil: number; holdUntil: number } {
  const leaseMs = instance.leaseMs ?? planNode(state.plan, instance.node)?.leaseMs ?? 0;
  const now = runningTime(state.clock, at, instance.node);
  return { leaseUntil: now + leaseMs, holdUntil: now + leaseMs * maxHoldLeases };
}

/** Slots are alike: who names the vote, or a slot that is taken, gets a free one, as the vote is what counts. */
function decideSlot(state: StreamState, target: Instance, command: ClaimCommand): Decision<Instance> {
  const consensus = state.instances[target.parent ?? target.id] ?? target;
  if (consensus.status === 'finished') return reject('CONSENSUS_CLOSED');
  if (consensus.status !== 'available') return reject('NODE_CLOSED', `it is ${consensus.status}`);
  if (consensus.skippedBy?.includes(command.actor.id)) return reject('PERFORMER_EXCLUDED', 'you skipped this vote');
  const slots = slotsOf(state, consensus.id);
  const mine = slots.find(({ assignee, performer, hold }) =>
    [assignee, performer, hold?.before?.assignee].includes(command.actor.id),
  );
  if (mine) return mine.status === 'claimed' ? reject('ALREADY_CLAIMED', mine.id) : reject('ONE_VOTE_EACH');
  return freeSlot(slots, target, command.actor.id);
}

/** The one that is kept for the person, the one that was named, or any. */
function freeSlot(slots: readonly Instance[], target: Instance, person: string): Decision<Instance> {
  const free = slots.filter((slot) => slot.status === 'available');
  const kept = free.find(({ reservedFor }) => reservedFor === person);
  const open = free.filter(({ reservedFor }) => reservedFor === undefined);
  const given = kept ?? open.find((slot) => slot === target) ?? open[0];
  if (given) return accept(given);
  return free.length > 0 ? reject('FOREIGN_RESERVATION') : reject('CLAIM_HELD', 'every slot is taken');
}

export function decideClaim(
  state: StreamState,
  target: Instance,
  command: ClaimCommand,
  at: number,
): Decision<CycleEvent[]> {
  const { actor } = command;
  const found = target.kind === 'consensus' ? decideSlot(state, target, command) : accept(target);
  if (!found.ok) return found;
  const instance = found.value;
  if (instance.status === 'claimed') return reject(instance.assignee === actor.id ? 'ALREADY_CLAIMED' : 'CLAIM_HELD');
  if (instance.status !== 'available') return reject('NODE_CLOSED', `it is ${instance.status}`);
  if (ruledOut(instance).includes(actor.id)) return reject('PERFORMER_EXCLUDED');
  if (instance.reservedFor !== undefined && instance.reservedFor !== actor.id) return reject('FOREIGN_RESERVATION');
  return accept([{ type: 'claimed', at, instance: instance.id, actor, ...leaseFrom(state, instance, at) }]);
}

/** Checks that the sender holds the instance, or is a manager where that is enough. */
export function holderOf(
  instance: Instance,
  command: { actor: ClaimCommand['actor'] },
  managers: boolean,
): Decision<null> {
  if (instance.status !== 'claimed') return reject('NOT_CLAIMED', `it is ${instance.status}`);
  if (instance.assignee === command.actor.id) return accept(null);
  return managers && command.actor.manager ? accept(null) : reject('NOT_HOLDER');
}

/** Nobody else is given a slot of a vote that is decided. */
export const abandoned = ({ id }: Instance, at: number): CycleEvent => ({
  type: 'finished',
  at,
  instance: id,
  outcome: 'superseded',
});

/** The reason of the hold when everybody who might work here is ruled out. */
const nobodyLeftReason = 'NO_ELIGIBLE_PERSON';

/** Held, as it would wait for nobody. */
export const heldForNobody = ({ id }: Instance, at: number): CycleEvent => ({
  type: 'escalated',
  at,
  instance: id,
  actor: { id: 'taskloom' },
  reason: nobodyLeftReason,
});

export function decideRelease(
  _state: StreamState,
  instance: Instance,
  command: ReleaseCommand,
  at: number,
): Decision<CycleEvent[]> {
  const { actor, of = actor.id } = command;
  if (of !== actor.id && !actor.manager) return reject('NOT_HOLDER', 'managers release what others hold');
  const held = command.nobodyLeft ? [heldForNobody(instance, at)] : [];
  const cause = of === actor.id ? { cause: 'holder' as const } : { cause: 'manager' as const, actor };
  if (instance.status === 'available' && instance.reservedFor === of) {
    return accept([{ type: 'freed', at, instance: instance.id, ...cause }, ...held]);
  }
  const known = releasable(instance, command);
  if (!known.ok) return known;
  if (instance.late) return accept([abandoned(instance, at)]);
  const by = instance.assignee === actor.id ? 'holder' : 'manager';
  return accept([{ type: 'released', at, instance: instance.id, cause: by, actor }, ...held]);
}

/** Somebody else may have claimed it since. */
function releasable(instance: Instance, command: ReleaseCommand): Decision<null> {
  const held = holderOf(instance, command, true);
  if (!held.ok || command.of === undefined || instance.assignee === command.of) return held;
  return reject('CLAIM_HELD', `it is not of ${command.of}`);
}

export function decideHeartbeat(
  state: StreamState,
  instance: Instance,
  command: HeartbeatCommand,
  at: number,
): Decision<CycleEvent[]> {
  if (instance.status === 'available' && instance.lastHolder === command.actor.id) {
    return reject('NOT_CLAIMED', 'your lease ended; nobody holds it, so claim it again');
  }
  const held = holderOf(instance, command, false);
  if (!held.ok) return held;
  const leaseUntil = Math.min(leaseFrom(state, instance, at).leaseUntil, instance.holdUntil ?? Number.MAX_SAFE_INTEGER);
  return accept([{ type: 'prolonged', at, instance: instance.id, actor: command.actor, leaseUntil }]);
}

const isWaiting = ({ status }: Instance): boolean => status === 'available' || status === 'claimed';

/** Running times at which something is due at an instance. */
const deadlinesOf = (instance: Instance): (number | undefined)[] => [
  instance.status === 'claimed' ? instance.leaseUntil : undefined,
  instance.status === 'available' ? instance.reservedUntil : undefined,
  isWaiting(instance) ? instance.timeoutAt : undefined,
];

/** The wall time at which something is due next; undefined when nothing is, or nobody knows as it is paused. */
export function nextDeadline({ clock, instances }: StreamState): number | undefined {
  const due = Object.values(instances).flatMap((instance) =>
    deadlinesOf(instance).map((time) => (time === undefined ? undefined : wallTime(clock, time, instance.node))),
  );
  const known = due.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** External programs whose time is over. */
function timeoutEvents({ clock, instances }: StreamState, at: number): CycleEvent[] {
  return Object.values(instances).flatMap((instance): CycleEvent[] => {
    if (!isWaiting(instance) || instance.timeoutAt === undefined) return [];
    if (instance.timeoutAt > runningTime(clock, at, instance.node)) return [];
    return leavingEvents(instance, timeoutOutcome, at);
  });
}

/** What is due at a time: time that is over, leases that lapsed and reservations that ended. Never a rejection. */
export function elapse(state: StreamState, at: number): CycleEvent[] {
  const timeouts = timeoutEvents(state, at);
  if (timeouts.length > 0) return timeouts;
  return Object.values(state.instances).flatMap((instance): CycleEvent[] => {
    const now = runningTime(state.clock, at, instance.node);
    if (instance.status === 'claimed' && instance.leaseUntil !== undefined && instance.leaseUntil <= now) {
      return [
        instance.late ? abandoned(instance, at) : { type: 'released', at, instance: instance.id, cause: 'lease' },
      ];
    }
    if (instance.status === 'available' && instance.reservedUntil !== undefined && instance.reservedUntil <= now) {
      return [{ type: 'freed', at, instance: instance.id, cause: 'retention' }];
    }
    return [];
  });
}
