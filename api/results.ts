// The values that a vote's result stands for.
import { overlaid } from '../core/merged-values.js';
import type { SubmissionRef, VoteResult } from '../core/state.js';
import type { PipelineDefinition } from '../core/pipeline.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import type { Submission } from '../db/queries/submissions.js';

type HandedIn = Pick<Submission, 'id' | 'values'>;

/** What votes came to: by themselves, by whoever judged them, or by the fix of a review. */
export function votedValues(
  definition: PipelineDefinition,
  { instances, submissions }: Done,
  key: string,
): Voted | undefined {
  const judges = definition.nodes.flatMap((node) =>
    node.kind === 'consensus_review' && node.reviews === key ? [node.key] : [],
  );
  const last = instances.findLast(
    ({ node, parentId, result, outcome }) =>
      result !== null && ((node === key && parentId === null) || (judges.includes(node) && outcome === 'approve')),
  );
  if (!last?.result) return undefined;
  const reviews = new Set(
    instances.flatMap(({ id, kind, openedAt }) => (kind === 'review' && openedAt >= last.openedAt ? [id] : [])),
  );
  const fix = submissions.findLast(({ node, instanceId }) => node === key && reviews.has(instanceId));
  if (fix) return { submission: fix, values: fix.values };
  const { result } = last;
  const submission = submissions.find(({ id }) => id === result.submission?.id);
  return { submission, values: resultValues(result, submissions) };
}

interface Done {
  instances: readonly NodeInstance[];
  submissions: readonly Submission[];
}

interface Voted {
  /** Left out: nothing won. */
  submission?: Submission | undefined;
  values: unknown;
}

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
