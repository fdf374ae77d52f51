// Work of a task that has ended, opened again together with its new answer: the next cycle begins by handing that in.
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import { openCycle } from './open.js';
import type { Plan, PlanNode } from './plan-node.js';
import { handInAgain } from './reopen.js';
import type { ResumePoint } from './resume.js';
import type { Actor, HandIn, KeptWork, TaskIdentity } from './state.js';
import { currentInstance } from './state.js';

/** What it opens is looked at here alone; the cycle that is started has its own. */
const nobodys: TaskIdentity = { projectId: '', pipelineId: '', versionId: '', taskId: '', cycleId: '' };

/** Refused where the node would not open at once, as work before it is open again. */
export function handingIn(
  plan: Plan,
  resume: ResumePoint,
  node: PlanNode,
  { actor, ...asked }: { actor: Actor } & Partial<HandIn>,
): Decision<ResumePoint> {
  const { key } = node;
  const kept: KeptWork = resume.kept[key] ?? { by: actor.id };
  const given = handInAgain(node, { actor, ...asked }, kept.submission);
  if (!given.ok) return given;
  const filled = { ...resume, kept: { ...resume.kept, [key]: { ...kept, handsIn: given.value } } };
  const { state } = openCycle(nobodys, plan, 0, { rerun: { mode: 'resume', actor, resume: filled } });
  if (currentInstance(state, key)?.performer === actor.id) return accept(filled);
  return reject('REOPEN_REFUSED', 'work before it is open again: reopen without values, and submit once it is there');
}
