// The values that a vote's result stands for.
import type { SubmissionRef, VoteResult } from '../core/state.js';
import type { Submission } from '../db/queries/submissions.js';

export function valuesOf({ id }: SubmissionRef, submissions: readonly Submission[]): unknown {
  return submissions.find((submission) => submission.id === id)?.values ?? null;
}

/** Those of the submission that won, with what won field by field in its place. */
export function resultValues({ submission, merged = {} }: VoteResult, submissions: readonly Submission[]): unknown {
  if (!submission) return null;
  const values = valuesOf(submission, submissions);
  // An empty field that nobody filled in is not put where there was none.
  const given = Object.entries(merged).filter(([name, value]) => value !== null || Object.hasOwn(values ?? {}, name));
  return given.length === 0 ? values : { ...(values as object | null), ...Object.fromEntries(given) };
}
