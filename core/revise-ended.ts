// A revision of work whose task has ended: judged by what its last cycle has left. Nothing runs again unless it says so.
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { CycleEvent } from './events.js';
import type { Plan } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { FormerCycle } from './resume.js';
import { standingResult } from './resume.js';
import type { Actor, SubmissionRef } from './state.js';

export interface ReviseEndedCommand {
  id: string;
  actor: Actor;
  revise: {
    instance: string;
    submission: SubmissionRef;
    /** What comes after it runs again, in a next cycle. */
    rerun?: boolean;
    /** The node instance's, as the caller saw it. */
    expectedVersion?: number;
  };
}

type Revised = Extract<CycleEvent, { type: 'revised' }>;

export function decideReviseEnded(
  plan: Plan,
  former: FormerCycle,
  { actor, revise }: ReviseEndedCommand,
  at: number,
): Decision<Revised> {
  const standing = standingResult(former, revise.instance);
  if (!standing) return reject('REOPEN_REFUSED', 'it is not done, or another visit stands for the node');
  const node = planNode(plan, standing.node);
  if (node?.consensus || node?.kind === 'consensus_review') return reject('NOT_MOVABLE', 'votes are not revised');
  const { outcome, result } = standing;
  if (!result.submission || node?.kind === 'review') return reject('INVALID_ACTION', 'nothing was handed in here');
  const performers = [...new Set([...result.performers, actor.id])];
  const { instance, submission } = revise;
  return accept({ type: 'revised', at, instance, node: standing.node, outcome, actor, submission, performers });
}
