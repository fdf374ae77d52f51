// The values that a vote's result stands for.
import { overlaid } from '../core/merged-values.js';
import type { SubmissionRef, VoteResult } from '../core/state.js';
import type { Submission } from '../db/queries/submissions.js';

type HandedIn = Pick<Submission, 'id' | 'values'>;

export function valuesOf({ id }: SubmissionRef, submissions: readonly HandedIn[]): unknown {
  return submissions.find((submission) => submission.id === id)?.values ?? null;
}

/** The different answers that a consensus_review picks from, by how many voted for each, never by whom. */
export const optionsOf = ({ options = [] }: VoteResult, submissions: readonly Submission[]) =>
  options.map(({ submission, action, votes }) => ({
    submissionId: submission.id,
    hash: submission.hash,
    action,
    votes,
    values: valuesOf(submission, submissions),
  }));

export function resultValues({ submission, merged }: VoteResult, submissions: readonly HandedIn[]): unknown {
  return submission ? overlaid(valuesOf(submission, submissions), merged) : null;
}
