// All that was done on a task, and what of it stands in the cycle that a piece of work belongs to.
import type { TaskInstance } from '../db/queries/node-instances.js';
import { instancesOf } from '../db/queries/node-instances.js';
import { findCycle } from '../db/queries/cycle-rows.js';
import type { Review, Submission } from '../db/queries/submissions.js';
import { reviewsOf, submissionsOf } from '../db/queries/submissions.js';
import type { Standing } from './present-cycle.js';
import { standingIn } from './present-cycle.js';
import type { Services } from './services.js';

export interface Past {
  standing: Standing<TaskInstance, Submission, Review>;
  /** Of every cycle: what work begins with may be of an earlier one. */
  submissions: Submission[];
}

/** By now, or as far as it had come at a time. */
export async function pastOf(
  { pool }: Pick<Services, 'pool'>,
  { id, taskId }: { id: string; taskId: string },
  at = new Date(8_640_000_000_000_000),
): Promise<Past> {
  const rows = {
    visits: (await instancesOf(pool, taskId)).filter(({ openedAt }) => openedAt <= at),
    submissions: (await submissionsOf(pool, taskId)).filter(({ submittedAt }) => submittedAt <= at),
    reviews: (await reviewsOf(pool, taskId)).filter(({ reviewedAt }) => reviewedAt <= at),
  };
  const cycleId = rows.visits.find((visit) => visit.id === id)?.cycleId ?? '';
  const cycle = (await findCycle(pool, cycleId)) ?? { id: cycleId, endedAt: null, resume: null };
  return { standing: standingIn(cycle, rows), submissions: rows.submissions };
}
