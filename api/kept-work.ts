// Work that is kept for somebody: only for members who may do it.
import { mayWork } from '../core/roles.js';
import { reservationsOf } from '../db/queries/held-work.js';
import { findMember } from '../db/queries/members.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import { Refusal } from './problem.js';
import type { Services } from './services.js';

/** The id of the member whom a manager returns work to. */
export async function keptFor({ pool, client }: Services, instance: NodeInstance, to: string): Promise<string> {
  const { id, projectId, kind, streamId } = instance;
  const member = await findMember(pool, projectId, to);
  if (!member) throw new Refusal('INVALID_REQUEST', `"to": there is no member "${to}" in this project`);
  if (!mayWork(member.role, kind)) {
    throw new Refusal('INVALID_REQUEST', `"to": the role ${member.role} does not work at ${kind} nodes`);
  }
  // Who gave it back may have it again; an earlier step rules out for good.
  const asked = await client.stateOf(streamId);
  const excluded = asked.kind === 'answered' ? asked.answer.instances[id]?.excluded : undefined;
  if (excluded?.includes(member.id)) throw new Refusal('PERFORMER_EXCLUDED', `"to": ${to}`);
  return member.id;
}

/** Rework of somebody who has left, or works there no longer, is others' at once. */
export async function freeIfGone({ pool, client }: Services, taskId: string, changeId: string): Promise<void> {
  for (const { projectId, memberId, kind, role } of await reservationsOf(pool, taskId)) {
    if (role !== null && mayWork(role, kind)) continue;
    await client.startFreeWork({ projectId, memberId, by: 'taskloom', changeId });
  }
}
