// Refuses rework that leaves fields as a strict review failed them. The API compares: the cycle has only hashes of values.
import type pg from 'pg';
import { isReworkWorkflow } from '../core/ids.js';
import { settingsOf, withLive } from '../core/live-settings.js';
import type { PipelineDefinition } from '../core/pipeline.js';
import { discardAction } from '../core/pipeline.js';
import { unchangedFields } from '../core/strict-rework.js';
import { judgesOf } from '../core/ways-back.js';
import { settingsAsOf } from '../db/queries/node-settings.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import { reviewsOf, submissionsOf } from '../db/queries/submissions.js';
import { openFailure, sentBackBy } from './earlier-work.js';
import type { Forms } from './forms.js';
import { Refusal } from './problem.js';
import { optionsOf, resultValues } from './results.js';
import type { Services } from './services.js';
import { pastOf } from './task-past.js';

interface HandedIn {
  values?: unknown;
  action?: string | undefined;
  answers?: Record<string, string> | undefined;
  pick?: string | undefined;
  comment?: string | undefined;
}

/** As settings were when the rework was opened: nobody who is at it is asked for more than was said. */
async function strictReviews(
  pool: pg.Pool,
  definition: PipelineDefinition,
  { node, pipelineId, openedAt }: NodeInstance,
): Promise<string[]> {
  const reviews = definition.nodes.filter(
    (other) => other.kind === 'review' && (other.reviews === node || judgesOf(definition, other).includes(node)),
  );
  if (reviews.length === 0) return [];
  const of = { pipelineId, nodes: reviews.map(({ key }) => key), at: openedAt };
  const live = await settingsAsOf(pool, of);
  return reviews.filter((review) => settingsOf(withLive(review, live[review.key] ?? {})).strict).map(({ key }) => key);
}

function refuse(fields: readonly string[]): void {
  if (fields.length === 0) return;
  throw new Refusal('FIELDS_UNCHANGED', fields.join(', '), {
    problems: fields.map((pointer) => ({ pointer, message: 'is as the review failed it, and no answer says why' })),
  });
}

export async function refuseUnchanged(
  services: Services,
  forms: Forms,
  instance: NodeInstance,
  { values, action, answers = {} }: HandedIn,
): Promise<void> {
  if (!isReworkWorkflow(instance.streamId) || action === discardAction) return;
  const strict = await strictReviews(services.pool, await forms.definition(instance.versionId), instance);
  if (strict.length === 0) return;
  const past = pastOf(services, instance);
  const standing = await past.standing();
  const failure = openFailure(instance.node, strict, standing.submissions, standing.reviewsIn(await past.reviews()));
  if (failure) refuse(unchangedFields(failure.rejected.values, values, failure.review.fields, answers));
}

/** Votes that one person judges again; the comment of the approval may say why fields stay. */
export async function refuseSameJudgement(
  { pool }: Services,
  forms: Forms,
  instance: NodeInstance,
  { values, pick, comment = '' }: HandedIn,
): Promise<void> {
  const { result, taskId } = instance;
  if (!isReworkWorkflow(instance.streamId) || !result?.submission || comment.trim() !== '') return;
  const strict = await strictReviews(pool, await forms.definition(instance.versionId), instance);
  const review = strict.length === 0 ? undefined : sentBackBy(instance, await reviewsOf(pool, taskId));
  if (!review || !strict.includes(review.node)) return;
  const submissions = await submissionsOf(pool, taskId);
  const before = resultValues(result, submissions);
  const options = optionsOf(result, submissions);
  const picked = options.find(({ submissionId, hash }) => pick === submissionId || pick === hash);
  refuse(unchangedFields(before, values ?? (picked ? picked.values : before), review.fields, {}));
}
