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

export async function pastOf(
  { pool }: Pick<Services, 'pool'>,
  { id, taskId }: { id: string; taskId: string },
): Promise<Past> {
  const rows = {
    visits: await instancesOf(pool, taskId),
    submissions: await submissionsOf(pool, taskId),
    reviews: await reviewsOf(pool, taskId),
  };
  const cycleId = rows.visits.find((visit) => visit.id === id)?.cycleId ?? '';
  const cycle = (await findCycle(pool, cycleId)) ?? { id: cycleId, endedAt: null, resume: null };
  return { standing: standingIn(cycle, rows), submissions: rows.submissions };
}
