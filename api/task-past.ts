// All that was done on a task, and what of it stands in the cycle that a piece of work belongs to.
import type { TaskInstance } from '../db/queries/node-instances.js';
import { instancesOf } from '../db/queries/node-instances.js';
import type { Review, Submission } from '../db/queries/submissions.js';
import { reviewsOf, submissionsOf } from '../db/queries/submissions.js';
import type { Standing } from './present-cycle.js';
import { standingIn } from './present-cycle.js';
import type { Services } from './services.js';

/** Each kind of rows is read once, and only if somebody asks for it. */
export interface TaskPast {
  /** Of every cycle: what work begins with may be of an earlier one. */
  submissions: () => Promise<Submission[]>;
  reviews: () => Promise<Review[]>;
  standing: () => Promise<Standing<TaskInstance, Submission>>;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}

const endOfTime = new Date(8_640_000_000_000_000);

/** By now, or as far as it had come at a time. */
export function pastOf(
  { pool }: Pick<Services, 'pool'>,
  { id, taskId }: { id: string; taskId: string },
  at = endOfTime,
): TaskPast {
  const submissions = once(async () =>
    (await submissionsOf(pool, taskId)).filter(({ submittedAt }) => submittedAt <= at),
  );
  const reviews = once(async () => (await reviewsOf(pool, taskId)).filter(({ reviewedAt }) => reviewedAt <= at));
  const standing = once(async () => {
    const visits = (await instancesOf(pool, taskId)).filter(({ openedAt }) => openedAt <= at);
    const own = visits.find((visit) => visit.id === id);
    const cycle = { id: own?.cycleId ?? '', endedAt: own?.cycleEndedAt ?? null, resume: own?.cycleResume ?? null };
    return standingIn(cycle, { visits, submissions: await submissions() });
  });
  return { submissions, reviews, standing };
}
