// Commands on work of a task that has ended: it is opened again in a next cycle, maybe with its new answer, or revised as it is.
import { defined } from '../core/defined.js';
import { settingsOf, withLive } from '../core/live-settings.js';
import { isManager } from '../core/roles.js';
import type { Actor, SubmissionRef } from '../core/state.js';
import { taskIdentity } from '../db/queries/cycles-to-start.js';
import type { FoundInstance, NodeInstance } from '../db/queries/node-instances.js';
import { findInstance, instancesOf } from '../db/queries/node-instances.js';
import { settingsAsOf } from '../db/queries/node-settings.js';
import type { RerunInput } from '../core/rerun.js';
import type { Forms } from './forms.js';
import type { Answer } from './idempotency.js';
import type { Caller } from './middleware/authenticate.js';
import { Refusal } from './problem.js';
import { askRerun } from './reruns.js';
import type { Services } from './services.js';
import { taskAnswer } from './task-commands.js';

export interface OnEnded {
  instance: FoundInstance;
  actor: Actor & { role: Caller['role'] };
  updateId: string;
  /** The version of the instance that the caller saw. */
  seen: number | undefined;
  /** The fields of the command; what is handed in is checked and stored by it. */
  fields(): Promise<{ action?: string | undefined; submission?: SubmissionRef; rerun?: boolean | undefined }>;
}

function standing({ id, taskId, status, version, outcome }: NodeInstance): Answer {
  return {
    status: 200,
    body: { nodeInstanceId: id, taskId, status, version, ...(outcome === null ? {} : { outcome }) },
  };
}

/** Managers may; so may who did the work, where what follows runs again with it. */
async function requireReopener({ pool }: Services, forms: Forms, { instance, actor }: OnEnded): Promise<void> {
  const node = (await forms.definition(instance.versionId)).nodes.find(({ key }) => key === instance.node);
  const live =
    node && (await settingsAsOf(pool, { pipelineId: instance.pipelineId, nodes: [node.key], at: new Date() }));
  const runsAgain = node && settingsOf(withLive(node, live?.[node.key] ?? {})).rerunOnStatusChange !== false;
  if (!isManager(actor.role) && !(instance.performer === actor.id && runsAgain)) throw new Refusal('NOT_AUTHOR');
}

/** A new cycle goes on from the node, with what is handed in; what came before it is carried over. */
export async function reopenEnded(services: Services, forms: Forms, what: OnEnded): Promise<Answer> {
  await requireReopener(services, forms, what);
  const { instance, actor, updateId, seen } = what;
  const { id, taskId, node, clock } = instance;
  const { role: _, ...by } = actor;
  const handsIn = defined(await what.fields());
  const handsInAny = handsIn.action !== undefined || handsIn.submission !== undefined;
  if (handsInAny && clock?.hard && clock.pausedAtMs !== undefined) {
    throw new Refusal('PIPELINE_PAUSED', 'nothing is handed in: reopen without values, or once it is resumed');
  }
  const input: RerunInput = {
    ...{ taskId, commandId: updateId, actor: by, mode: 'resume', node, reopens: true },
    ...(handsInAny ? { handsIn } : {}),
    ...(seen === undefined ? {} : { seen: { instance: id, version: seen } }),
  };
  const answer = await askRerun(services, input);
  if (answer.status !== 200) return answer;
  const opened = (await instancesOf(services.pool, taskId)).findLast((other) => other.node === node);
  return opened && opened.id !== id ? standing(opened) : { status: 202, body: { code: 'PENDING' } };
}

/** Nothing runs again, unless it says so: then in a next cycle. */
export async function reviseEnded(services: Services, { instance, actor, updateId, seen, fields }: OnEnded) {
  const { pool, client } = services;
  const { role: _, manager: __, ...by } = actor;
  const { submission, rerun } = await fields();
  const task = await taskIdentity(pool, instance.taskId);
  if (!task || !submission) throw new Refusal('NOT_FOUND');
  const revise = { instance: instance.id, submission, ...defined({ rerun, expectedVersion: seen }) };
  const answer = await taskAnswer(
    services,
    task.taskId,
    await client.reviseEnded(task, { id: updateId, actor: by, revise }),
  );
  const revised = answer.status === 200 ? await findInstance(pool, instance.id) : undefined;
  return revised ? standing(revised) : answer;
}
