// Asks for a task to be run again, and for work of a task that has ended to be opened again.
import { settingsOf, withLive } from '../core/live-settings.js';
import { isManager } from '../core/roles.js';
import type { Actor } from '../core/state.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import { instancesOf } from '../db/queries/node-instances.js';
import { settingsAsOf } from '../db/queries/node-settings.js';
import type { RerunInput } from '../core/rerun.js';
import type { Forms } from './forms.js';
import type { Answer } from './idempotency.js';
import type { Caller } from './middleware/authenticate.js';
import { Refusal, refusalOf } from './problem.js';
import type { Services } from './services.js';

export async function askRerun({ client }: Services, input: RerunInput): Promise<Answer> {
  const outcome = await client.rerun(input);
  if (outcome.kind === 'rejected') throw refusalOf(outcome.rejection);
  if (outcome.kind !== 'answered') return { status: 202, body: { code: 'PENDING' } };
  const { taskId, cycleId } = outcome.answer;
  return { status: 200, body: { taskId, cycleId } };
}

export interface ReopenEnded {
  instance: NodeInstance;
  actor: Actor & { role: Caller['role'] };
  updateId: string;
  handsIn: boolean;
}

/** A new cycle goes on from the node; what came before it is carried over. */
export async function reopenEnded(services: Services, forms: Forms, what: ReopenEnded): Promise<Answer> {
  const { instance, actor, updateId, handsIn } = what;
  const { role, ...by } = actor;
  const node = (await forms.definition(instance.versionId)).nodes.find(({ key }) => key === instance.node);
  const live =
    node && (await settingsAsOf(services.pool, { pipelineId: instance.pipelineId, nodes: [node.key], at: new Date() }));
  const runsAgain = node && settingsOf(withLive(node, live?.[node.key] ?? {})).rerunOnStatusChange !== false;
  if (!isManager(role) && !(instance.performer === actor.id && runsAgain)) throw new Refusal('NOT_AUTHOR');
  if (handsIn) throw new Refusal('REOPEN_REFUSED', 'the task has ended: reopen without values, then submit');
  const { taskId } = instance;
  const input: RerunInput = {
    taskId,
    commandId: updateId,
    actor: by,
    mode: 'resume',
    node: instance.node,
    reopens: true,
  };
  const answer = await askRerun(services, input);
  if (answer.status !== 200) return answer;
  const opened = (await instancesOf(services.pool, taskId)).findLast((other) => other.node === instance.node);
  if (!opened) return { status: 202, body: { code: 'PENDING' } };
  const { id, status, version } = opened;
  return { status: 200, body: { nodeInstanceId: id, taskId, status, version } };
}
