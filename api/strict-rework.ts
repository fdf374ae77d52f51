// Refuses rework that leaves fields as a strict review failed them. The API compares: the cycle has only hashes of values.
import { isReworkWorkflow } from '../core/ids.js';
import { discardAction } from '../core/pipeline.js';
import { unchangedFields } from '../core/strict-rework.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import { reviewsOf, submissionsOf } from '../db/queries/submissions.js';
import { openFailure } from './earlier-work.js';
import type { Forms } from './forms.js';
import { Refusal } from './problem.js';
import type { Services } from './services.js';

interface HandedIn {
  values?: unknown;
  action?: string | undefined;
  answers?: Record<string, string> | undefined;
}

export async function refuseUnchanged(
  { pool }: Services,
  forms: Forms,
  instance: NodeInstance,
  { values, action, answers = {} }: HandedIn,
): Promise<void> {
  const { nodes } = await forms.definition(instance.versionId);
  const strict = nodes.flatMap((node) =>
    node.kind === 'review' && node.strict && node.reviews === instance.node ? [node.key] : [],
  );
  if (strict.length === 0 || !isReworkWorkflow(instance.streamId) || action === discardAction) return;
  const [submissions, reviews] = [await submissionsOf(pool, instance.taskId), await reviewsOf(pool, instance.taskId)];
  const failure = openFailure(instance.node, strict, submissions, reviews);
  if (!failure) return;
  const unchanged = unchangedFields(failure.rejected.values, values, failure.review.fields, answers);
  if (unchanged.length === 0) return;
  throw new Refusal('FIELDS_UNCHANGED', unchanged.join(', '), {
    problems: unchanged.map((pointer) => ({ pointer, message: 'is as the review failed it, and no answer says why' })),
  });
}
