// One command in, events or a rejection out. Preconditions come in a fixed order: known, open, fresh, then the command's own.
import { decideClaim, decideHeartbeat, decideRelease } from './claims.js';
import { wallTime } from './clock.js';
import type { Command } from './commands.js';
import { decideConsensusReview } from './consensus-review.js';
import { decideVote } from './consensus.js';
import type { Decision } from './decision.js';
import { accept, reject, unreachable } from './decision.js';
import { defined } from './defined.js';
import type { CycleEvent } from './events.js';
import { decideDeescalate, decideEscalate, decideResolve } from './holds.js';
import { decideSubmit } from './labeling.js';
import type { Progress } from './advance.js';
import { progress } from './advance.js';
import { clockEvents, pauseAllows } from './pauses.js';
import { decideRecall, decideReopen, decideRevise, resultOf } from './reopen.js';
import type { RejectionCode } from './rejections.js';
import { decideApprove, decideReject } from './review.js';
import { decideSkip } from './skips.js';
import type { CommandAnswer, Instance, StreamState } from './state.js';
import { answerOf, answersKept } from './state.js';

/** The time a command is judged by: when the API took it, but never before the last one and never in the future. */
export function commandTime(state: StreamState, command: Command, nowMs: number): number {
  return Math.max(state.lastAt, Math.min(command.receivedAt ?? nowMs, nowMs));
}

function decideOn(
  state: StreamState,
  instance: Instance,
  command: Exclude<Command, AgainCommand>,
  at: number,
): Decision<CycleEvent[]> {
  const going = pauseAllows(state, instance, command.type);
  if (!going.ok) return going;
  switch (command.type) {
    case 'claim':
      return decideClaim(state, instance, command, at);
    case 'release':
      return decideRelease(state, instance, command, at);
    case 'heartbeat':
      return decideHeartbeat(state, instance, command, at);
    case 'submit':
      return decideSubmit(state, instance, command, at);
    case 'approve':
      return instance.kind === 'consensus_review'
        ? decideConsensusReview(state, instance, command, at)
        : decideApprove(state, instance, command, at);
    case 'reject':
      return decideReject(state, instance, command, at);
    case 'vote':
      return decideVote(state, instance, command, at);
    case 'skip':
      return decideSkip(state, instance, command, at);
    case 'escalate':
      return decideEscalate(state, instance, command, at);
    case 'deescalate':
      return decideDeescalate(state, instance, command, at);
    case 'resolve':
      return decideResolve(state, instance, command, at);
    default:
      return unreachable(command);
  }
}

type AgainCommand = Extract<Command, { type: 'recall' | 'reopen' | 'revise' }>;

/** Commands on work that is done; it may have been done in a rework child that has ended. */
const isAgain = (command: Command): command is AgainCommand =>
  command.type === 'recall' || command.type === 'reopen' || command.type === 'revise';

function decideAgain(state: StreamState, command: AgainCommand, at: number): Decision<CycleEvent[]> {
  switch (command.type) {
    case 'recall':
      return decideRecall(state, command, at);
    case 'reopen':
      return decideReopen(state, command, at);
    case 'revise':
      return decideRevise(state, command, at);
    default:
      return unreachable(command);
  }
}

/** A recall claims, and a reopen with values hands in: a pause says the same of them. */
function decideUnpaused(
  state: StreamState,
  instance: Instance | undefined,
  command: AgainCommand,
  at: number,
): Decision<CycleEvent[]> {
  const handsIn = command.type === 'reopen' && (command.submission !== undefined || command.action !== undefined);
  const as = command.type === 'recall' ? 'claim' : handsIn ? 'submit' : command.type;
  const going = instance && pauseAllows(state, instance, as);
  return going && !going.ok ? going : decideAgain(state, command, at);
}

const verdicts: readonly Command['type'][] = ['approve', 'reject'];

const heldCommands: readonly Command['type'][] = ['deescalate', 'resolve'];

const isFresh = ({ expectedVersion }: Command, { version }: Instance): boolean =>
  expectedVersion === undefined || expectedVersion === version;

/** What holds for every command on an instance, whatever it is. */
function refusalOf(instance: Instance, command: Command): Decision<never> | undefined {
  const { status } = instance;
  if (!isFresh(command, instance)) return reject('STALE_TASK', `it is at version ${String(instance.version)}`);
  const held = status === 'escalated' || status === 'quarantined';
  if (held && !heldCommands.includes(command.type)) return reject('NODE_HELD', `it is ${status}`);
  if (instance.revised && verdicts.includes(command.type) && command.expectedVersion === undefined) {
    return reject('STALE_TASK', 'what it judges was revised: say by expectedVersion that you have read it');
  }
  if (isAgain(command) || (status !== 'finished' && status !== 'na')) return undefined;
  return reject(closedCode(instance), `it is ${status}`);
}

const closedCode = (instance: Instance | undefined): RejectionCode =>
  instance?.kind === 'consensus' ? 'CONSENSUS_CLOSED' : 'NODE_CLOSED';

export function decide(state: StreamState, command: Command, at: number): Decision<CycleEvent[]> {
  const instance = Object.hasOwn(state.instances, command.instance) ? state.instances[command.instance] : undefined;
  const known = instance ?? (isAgain(command) ? resultOf(state, command.instance) : undefined);
  if (!known) return reject('NODE_UNKNOWN');
  if (state.status !== 'open') return reject(closedCode(instance), 'the cycle has ended');
  const refusal = instance && refusalOf(instance, command);
  if (refusal) return refusal;
  if (isAgain(command)) return decideUnpaused(state, instance, command, at);
  return instance ? decideOn(state, instance, command, at) : reject('NODE_UNKNOWN');
}

/** The id of what the answer tells of: what was named, the slot that a claim was given, or the visit that was opened. */
function touched(events: readonly CycleEvent[], command: Command): string {
  const [first] = events;
  const anew =
    isAgain(command) && events.find((event) => event.type === 'opened' && event.opened.reason === 'REOPENED');
  if (anew && anew.type === 'opened') return anew.instance;
  return first?.type === 'claimed' ? first.instance : command.instance;
}

function answerFrom(events: readonly CycleEvent[], after: StreamState, command: Command): CommandAnswer {
  const id = touched(events, command);
  const about = { nodeInstanceId: id, taskId: after.task.taskId };
  const instance = Object.hasOwn(after.instances, id) ? after.instances[id] : undefined;
  if (!instance) return { ...about, status: 'finished', ...defined({ outcome: resultOf(after, id)?.[1].outcome }) };
  const { status, version, assignee, outcome, leaseUntil, node } = instance;
  const wall = leaseUntil === undefined ? undefined : wallTime(after.clock, leaseUntil, node);
  const leaseEnd = wall === undefined ? undefined : isoTime(wall);
  return { ...about, status, version, ...defined({ assignee, leaseUntil: leaseEnd, outcome }) };
}

/** ISO 8601 of a time that came in as data; reads no clock. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export interface Executed extends Progress {
  answer: CommandAnswer;
}

/** Decides a command and everything that follows from it. One that was answered before gets the same answer, and no events. */
export function execute(state: StreamState, command: Command, nowMs: number): Decision<Executed> {
  const known = answerOf(state, command.id);
  if (known) return accept({ state, events: [], answer: known });
  const at = commandTime(state, command, nowMs);
  const clocked = progress(state, clockEvents(state, command.clock, at), at);
  const decision = decide(clocked.state, command, at);
  if (!decision.ok) return decision;
  const { state: next, events } = progress(clocked.state, decision.value, at);
  const answer = answerFrom(events, next, command);
  const answers = [...state.answers, [command.id, answer] as [string, CommandAnswer]].slice(-answersKept);
  return accept({ state: { ...next, lastAt: at, answers }, events: [...clocked.events, ...events], answer });
}
