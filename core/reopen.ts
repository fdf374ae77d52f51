// Work that was handed in is taken back by its author, opened again, or revised by a manager.
import { leaseFrom } from './claims.js';
import type { RecallCommand, ReopenCommand, ReviseCommand } from './commands.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import { defined } from './defined.js';
import type { CycleEvent } from './events.js';
import { newInstance, timeoutFrom } from './instances.js';
import { keptUntil } from './kept.js';
import { handInEvents } from './labeling.js';
import { following, isDone, overtakingEvents, supersededAt } from './overtaken.js';
import type { NodeKind } from './pipeline.js';
import type { PlanNode } from './plan-node.js';
import { planNode } from './plan-node.js';
import { isProgram } from './plan-programs.js';
import type { HandIn, Instance, NodeResult, StreamState, SubmissionRef } from './state.js';
import { currentInstance, isAwaited, slotsOf } from './state.js';

const handedIn: readonly NodeKind[] = ['labeling', 'llm', 'external'];
const automatic: readonly NodeKind[] = ['code', 'gate', 'chain'];

/** The visit that stands for its node: done, and neither open again nor overtaken by a later one. */
interface Standing {
  node: PlanNode;
  /** Left out where a rework child had it. */
  instance?: Instance;
  result?: NodeResult;
}

/** A visit of a rework child that has ended is known by the result that it left. */
export const resultOf = ({ results }: StreamState, id: string): [node: string, NodeResult] | undefined =>
  Object.entries(results).find(([, { instance }]) => instance === id);

function nodeOf(state: StreamState, id: string): PlanNode | undefined {
  const instance = Object.hasOwn(state.instances, id) ? state.instances[id] : undefined;
  const key = instance?.node ?? resultOf(state, id)?.[0];
  return key === undefined ? undefined : planNode(state.plan, key);
}

const isReworked = ({ reworks }: StreamState, key: string): boolean =>
  Object.values(reworks).some(({ exit, scope }) => !exit && scope.nodes.includes(key));

function standingOf(state: StreamState, id: string): Decision<Standing> {
  const node = nodeOf(state, id);
  if (!node) return reject('NODE_UNKNOWN');
  const { key } = node;
  if (node.consensus || node.kind === 'consensus_review') {
    return reject('NOT_MOVABLE', 'votes are asked for again by a rejection, or by a manager');
  }
  const result = state.results[key];
  const isOpenAgain = Object.values(state.instances).some(
    (other) => other.node === key && other.id !== id && isAwaited(other),
  );
  if (isOpenAgain || isReworked(state, key)) return reject('REOPEN_REFUSED', 'it is open again already');
  if ((result?.instance ?? state.current[key]) !== id) {
    return reject('REOPEN_REFUSED', 'another visit stands for the node');
  }
  if (!isDone(state, key)) return reject('REOPEN_REFUSED', 'it is not done');
  return accept({ node, ...defined({ instance: state.instances[id], result }) });
}

/** What nobody has begun: free work, what is yet to come, and what has no work of its own. */
function isUntouched(state: StreamState, key: string): boolean {
  const instance = currentInstance(state, key);
  if (!instance || ['deferred', 'na'].includes(instance.status)) return true;
  if (['end', 'gate', 'checkpoint'].includes(instance.kind)) return true;
  return instance.status === 'available' && slotsOf(state, instance.id).every(({ status }) => status === 'available');
}

/** The next visit of what is done, kept for who did it, starting from what was handed in. */
function visitAgain(state: StreamState, { node, result }: Standing, at: number, more: Partial<Instance>): Instance {
  const author = result?.performers.find((performer) => !isProgram(performer));
  const kept =
    author === undefined || automatic.includes(node.kind)
      ? {}
      : { reservedFor: author, reservedUntil: keptUntil(state, node.key, at) };
  const { submission } = result ?? {};
  return newInstance(state, node, 'available', at, {
    reason: 'REOPENED',
    ...kept,
    ...(submission && node.kind !== 'review' ? { draft: submission } : {}),
    ...timeoutFrom(state, node, at),
    ...more,
  });
}

const opening = (opened: Instance, at: number): CycleEvent => ({ type: 'opened', at, instance: opened.id, opened });

/** Until somebody begins what follows; then it is theirs, and a manager reopens it. */
export function decideRecall(state: StreamState, command: RecallCommand, at: number): Decision<CycleEvent[]> {
  const { actor } = command;
  const instance = state.instances[command.instance];
  if (!instance) return reject('TAKEN_UP');
  if (instance.kind === 'consensus') return reject('NOT_MOVABLE', 'a vote is not taken back');
  if (!handedIn.includes(instance.kind)) return reject('INVALID_ACTION', 'only what was handed in is recalled');
  if (instance.performer === undefined) return reject('NODE_CLOSED', 'nothing was handed in');
  if (instance.performer !== actor.id) return reject('NOT_AUTHOR');
  const standing = standingOf(state, instance.id);
  if (!standing.ok) return reject('NODE_CLOSED', standing.rejection.detail);
  const { nodes, children } = following(state, instance.node);
  if (children.length > 0 || !nodes.every((key) => isUntouched(state, key))) return reject('TAKEN_UP');
  const opened = visitAgain(state, standing.value, at, {});
  return accept([
    { type: 'recalled', at, instance: instance.id, actor, nodes: [instance.node, ...nodes] },
    ...supersededAt(state, nodes, at),
    { type: 'finished', at, instance: instance.id, outcome: 'recalled' },
    opening(opened, at),
    { type: 'claimed', at, instance: opened.id, actor, ...leaseFrom(state, opened, at) },
  ]);
}

/** Managers may; so may who did the work, where what follows runs again with it. */
function mayReopen({ node, result }: Standing, { actor }: ReopenCommand): boolean {
  if (actor.manager) return true;
  return node.rerunOnStatusChange !== false && (result?.performers.includes(actor.id) ?? false);
}

/** What a reopen with values or an action hands in at once; where there are no new values, the ones before. */
export function handInAgain(
  node: PlanNode,
  { actor, action = node.actions[0] ?? '', submission }: Pick<ReopenCommand, 'actor' | 'action' | 'submission'>,
  before: SubmissionRef | undefined,
): Decision<HandIn> {
  if (!handedIn.includes(node.kind)) return reject('INVALID_ACTION', 'nothing is handed in at this node');
  if (!node.actions.includes(action)) return reject('INVALID_ACTION', `this node knows ${node.actions.join(', ')}`);
  return accept({ actor, action, ...defined({ submission: submission ?? before }) });
}

function handedInAgain(
  state: StreamState,
  { node }: Standing,
  opened: Instance,
  command: ReopenCommand,
  at: number,
): Decision<CycleEvent[]> {
  if (command.action === undefined && !command.submission) return accept([]);
  const given = handInAgain(node, command, opened.draft);
  return given.ok ? accept(handInEvents(state, opened, given.value, at)) : given;
}

export function decideReopen(state: StreamState, command: ReopenCommand, at: number): Decision<CycleEvent[]> {
  const standing = standingOf(state, command.instance);
  if (!standing.ok) return standing;
  const { node, instance } = standing.value;
  if (!handedIn.includes(node.kind) && !automatic.includes(node.kind) && node.kind !== 'review') {
    return reject('REOPEN_REFUSED', 'there is no work here');
  }
  if (instance?.status === 'na') return reject('REOPEN_REFUSED', 'it was passed over');
  if (!mayReopen(standing.value, command)) return reject('NOT_AUTHOR');
  const reopened = node.rerunOnStatusChange === false ? ('keep' as const) : ('rerun' as const);
  const opened = visitAgain(state, standing.value, at, { reopened });
  const more = handedInAgain(state, standing.value, opened, command, at);
  if (!more.ok) return more;
  return accept([
    { type: 'reopened', at, instance: command.instance, node: node.key, actor: command.actor },
    ...finishing(instance, at),
    opening(opened, at),
    ...more.value,
  ]);
}

/** Work whose review is to come waits for it no longer: the next visit does. */
const finishing = (instance: Instance | undefined, at: number): CycleEvent[] =>
  instance?.status === 'submitted'
    ? [{ type: 'finished', at, instance: instance.id, outcome: instance.outcome ?? '' }]
    : [];

/** The author stays first: rework of what was revised is theirs; and neither of the two judges it. */
export function decideRevise(state: StreamState, command: ReviseCommand, at: number): Decision<CycleEvent[]> {
  const standing = standingOf(state, command.instance);
  if (!standing.ok) return standing;
  const { node, result } = standing.value;
  const { actor, submission, rerun } = command;
  if (!actor.manager) return reject('NOT_AUTHOR', 'admins revise');
  if (!result?.submission || node.kind === 'review') return reject('INVALID_ACTION', 'nothing was handed in here');
  const performers = [...new Set([...result.performers, actor.id])];
  const revised: CycleEvent = {
    type: 'revised',
    at,
    instance: command.instance,
    node: node.key,
    outcome: result.outcome,
    actor,
    submission,
    performers,
  };
  if (!rerun) return accept([revised]);
  const routed: CycleEvent = { type: 'routed', at, node: node.key, outcome: result.outcome };
  return accept([revised, ...overtakingEvents(state, node.key, at), routed]);
}
