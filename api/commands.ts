// Sends a person's command to the stream that owns the node instance, and turns the outcome into an answer.
import type { CommandType } from '../core/commands.js';
import type { PipelineClock } from '../core/clock.js';
import { defined } from '../core/defined.js';
import { isManager, mayWork } from '../core/roles.js';
import type { Actor, CommandAnswer } from '../core/state.js';
import { findMember } from '../db/queries/members.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import { findInstance } from '../db/queries/node-instances.js';
import { recordedCommand } from '../db/queries/timeline.js';
import type { Answer } from './idempotency.js';
import type { Caller } from './middleware/authenticate.js';
import { requireManager } from './middleware/authenticate.js';
import { Refusal, refusalOf } from './problem.js';
import type { Services } from './services.js';

/** Commands that only who could work at the node may give. */
const workers: readonly CommandType[] = ['claim', 'heartbeat', 'submit', 'approve', 'reject', 'vote', 'skip', 'recall'];
const managers: readonly CommandType[] = ['deescalate', 'resolve'];

/** Acting for another member is for managers, and only where that member's own role could do it. */
export async function actorFor(
  services: Services,
  caller: Caller,
  onBehalfOf: string | undefined,
): Promise<Actor & { role: Caller['role'] }> {
  const { memberId, role, projectId } = caller;
  if (onBehalfOf === undefined || onBehalfOf === memberId) {
    return { id: memberId, role, ...(isManager(role) ? { manager: true } : {}) };
  }
  requireManager(caller);
  const member = await findMember(services.pool, projectId, onBehalfOf);
  if (!member) throw new Refusal('INVALID_REQUEST', `there is no member "${onBehalfOf}" in this project`);
  return { id: member.id, via: memberId, role: member.role, ...(isManager(member.role) ? { manager: true } : {}) };
}

export function requireRight(role: Caller['role'], type: CommandType, kind: NodeInstance['kind']): void {
  const needsPlace = workers.includes(type) || (type === 'reopen' && !isManager(role));
  if (needsPlace && !mayWork(role, kind)) {
    throw new Refusal('FORBIDDEN', `the role ${role} does not work at ${kind} nodes`);
  }
  if (type === 'revise' && role !== 'admin') throw new Refusal('FORBIDDEN', 'this needs the role admin');
  if (managers.includes(type) && !isManager(role))
    throw new Refusal('FORBIDDEN', 'this needs the role admin or team_manager');
}

export interface Ask {
  type: CommandType;
  target: Pick<NodeInstance, 'id' | 'streamId' | 'taskId'> & {
    version?: number;
    /** How pauses of its pipeline stand. */
    clock: PipelineClock | null;
  };
  actor: Actor;
  updateId: string;
  fields?: object;
}

function bodyOf({ target, actor, fields }: Ask) {
  const { id, via, manager } = actor;
  return {
    instance: target.id,
    actor: { id, ...(via === undefined ? {} : { via }), ...(manager ? { manager } : {}) },
    receivedAt: Date.now(),
    ...(target.clock ? { clock: target.clock } : {}),
    ...fields,
  };
}

const answered = ({ version }: Ask['target'], answer: CommandAnswer): Answer => ({
  status: 200,
  body: { ...defined({ version }), ...answer },
});

/** Asks the cycle and waits for its definite answer; 202 where it does not come in time. */
export async function ask(services: Services, what: Ask): Promise<Answer> {
  const { target, type, updateId } = what;
  const outcome = await services.client.command(target.streamId, type, bodyOf(what), updateId);
  switch (outcome.kind) {
    case 'answered':
      return answered(target, outcome.answer);
    case 'rejected':
      await healContradiction(services, target, outcome.rejection.code);
      throw refusalOf(outcome.rejection);
    case 'busy':
      throw new Refusal('BUSY');
    case 'pending':
      resyncSoon(services, target.streamId);
      return { status: 202, body: { code: 'PENDING' } };
    case 'closed':
      return closed(services, what);
  }
}

/** Sends it as a signal: accepted for delivery, its outcome shows on the task's timeline. */
export async function tell(services: Services, what: Ask): Promise<Answer> {
  const sent = await services.client.signalCommand(what.target.streamId, what.type, bodyOf(what), what.updateId);
  if (sent === 'closed') throw new Refusal('NODE_CLOSED');
  return {
    status: 202,
    body: { nodeInstanceId: what.target.id, taskId: what.target.taskId, commandId: what.updateId },
  };
}

/** What a command came to, where nobody is left to say what it was answered: Temporal keeps histories for a time. */
const answerOfRow = ({ id, taskId, status, version, assignee, leaseUntil, outcome }: NodeInstance) => ({
  nodeInstanceId: id,
  taskId,
  status,
  version,
  ...(assignee === null ? {} : { assignee }),
  ...(leaseUntil ? { leaseUntil } : {}),
  ...(outcome === null ? {} : { outcome }),
});

/** The workflow has ended: either this command was recorded before it did, or it comes too late. */
async function closed(services: Services, { target, updateId }: Ask): Promise<Answer> {
  const recorded = await recordedCommand(services.pool, target.taskId, updateId);
  const answer = recorded && (await services.client.answerOfEnded(target.streamId, updateId));
  if (answer) return answered(target, answer);
  const row = await findInstance(services.pool, recorded?.instanceId ?? target.id);
  if (recorded && row) return { status: 200, body: answerOfRow(row) };
  if (row && isOpen(row)) await services.client.startReconcile(Date.now() - 3_600_000, target.streamId);
  throw new Refusal(row?.kind === 'consensus' ? 'CONSENSUS_CLOSED' : 'NODE_CLOSED', 'the cycle has ended');
}

const isOpen = ({ status }: Pick<NodeInstance, 'status'>): boolean =>
  ['available', 'claimed', 'submitted', 'escalated', 'quarantined'].includes(status);

/** A refusal that says otherwise than the row means that the row ran ahead, or stayed behind: the cycle records anew. */
async function healContradiction(services: Services, target: Ask['target'], code: string): Promise<void> {
  if (!['NODE_CLOSED', 'NODE_UNKNOWN', 'CONSENSUS_CLOSED', 'NOT_CLAIMED', 'NODE_HELD'].includes(code)) return;
  const row = await findInstance(services.pool, target.id);
  if (!row) return;
  const says = {
    NODE_CLOSED: isOpen(row),
    NODE_UNKNOWN: true,
    CONSENSUS_CLOSED: isOpen(row),
    NOT_CLAIMED: row.status === 'claimed',
  };
  const held = row.status === 'escalated' || row.status === 'quarantined';
  if (code === 'NODE_HELD' ? !held : says[code as keyof typeof says]) resyncSoon(services, target.streamId);
}

/** Without waiting for it; where it does not get through, the reconcile at the server's return finds the same. */
function resyncSoon({ client, log }: Services, streamId: string): void {
  client.resync(streamId).catch((error: unknown) => {
    log.warn({ err: error, streamId }, 'resync not sent');
  });
}
