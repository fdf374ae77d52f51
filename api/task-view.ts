// What of a task each role may see. Gold, others' votes and others' work stay out of every route for annotators; reviewers
// see what they judge, but never gold and never votes.
import { isManager, mayReview } from '../core/roles.js';
import type { BlindNodes } from '../db/queries/blind-nodes.js';
import type { CycleStanding } from '../db/queries/cycle-rows.js';
import type { NodeInstance, TaskInstance } from '../db/queries/node-instances.js';
import type { Review, Submission } from '../db/queries/submissions.js';
import type { Task } from '../db/queries/tasks.js';
import type { PipelineDefinition } from '../core/pipeline.js';
import { optionsOf, resultValues, valuesOf } from './results.js';
import { shownNames } from './blindness.js';
import type { Caller } from './middleware/authenticate.js';
import { standingIn } from './present-cycle.js';

export function taskView(task: Task, caller: Caller) {
  const { gold, ...open } = task;
  return isManager(caller.role) ? task : open;
}

export function maySee(caller: Caller, kind: string, performer: string | null): boolean {
  if (isManager(caller.role) || performer === caller.memberId) return true;
  return kind !== 'consensus' && kind !== 'consensus_review' && mayReview(caller.role);
}

/** How others' votes stand is for managers: who votes sees the vote as such, and the own slot. */
function isShown({ kind, parentId, assignee, performer, reservedFor }: NodeInstance, caller: Caller): boolean {
  if (isManager(caller.role) || kind !== 'consensus' || parentId === null) return true;
  return [assignee, performer, reservedFor].includes(caller.memberId);
}

/** The nodes of a task whose work somebody may talk about: who did it or does it, its reviewers, managers. */
export function talkedAbout(caller: Caller, instances: readonly NodeInstance[]): string[] {
  const sees = ({ kind, performer, assignee }: NodeInstance): boolean => {
    if (isManager(caller.role)) return true;
    // Votes are secret: words on them are for managers, even with who gave them.
    const isJudged = kind === 'labeling' || kind === 'review';
    return isJudged && (assignee === caller.memberId || maySee(caller, kind, performer));
  };
  return [...new Set(instances.filter(sees).map(({ node }) => node))];
}

/** Who looks, and where without names. */
interface Sight {
  caller: Caller;
  blind: BlindNodes;
}

function instanceView(
  instance: TaskInstance,
  submissions: readonly Submission[],
  reviews: readonly Review[],
  { caller, blind }: Sight,
) {
  const open = maySee(caller, instance.kind, instance.performer);
  const { id, kind, visit, slot, parentId, status, availabilityReason, version, openedAt, claimedAt, leaseUntil } =
    instance;
  const { submittedAt, finishedAt, holdReason, openSlots, reservedUntil } = instance;
  const isVote = kind === 'consensus' || kind === 'consensus_review';
  const submission = submissions.findLast(({ instanceId }) => instanceId === id);
  const review = reviews.findLast(({ instanceId }) => instanceId === id);
  return {
    id,
    cycleId: instance.cycleId,
    kind,
    visit,
    slot,
    parentId,
    status,
    availabilityReason,
    version,
    openedAt,
    claimedAt,
    leaseUntil,
    dueAt: instance.dueAt,
    submittedAt,
    finishedAt,
    holdReason: open || !isVote ? holdReason : null,
    openSlots: open ? openSlots : Math.min(openSlots, 1),
    reservedUntil,
    ...(open
      ? {
          ...shownNames(blind, caller, instance),
          outcome: instance.outcome,
          verdict: instance.verdict,
          result: resultView(instance, submissions),
          ...(isManager(caller.role) ? optionsView(instance, submissions) : {}),
          submission: submission ? handedIn(submission) : null,
          review: review
            ? {
                comment: review.comment,
                issueTags: review.issueTags,
                fields: review.fields,
                fieldVerdicts: review.fieldVerdicts,
                at: review.reviewedAt,
              }
            : null,
        }
      : {}),
  };
}

const handedIn = ({ id, action, values, answers }: Submission) => ({
  id,
  action,
  values,
  ...(answers ? { answers } : {}),
});

/** A vote's result with the values it stands for. */
function resultView({ result }: NodeInstance, submissions: readonly Submission[]) {
  if (!result) return null;
  return {
    values: resultValues(result, submissions),
    ...(result.tied ? { tied: result.tied.map((answer) => valuesOf(answer, submissions)) } : {}),
  };
}

/** So that a program can look through what it may pick from before it claims. */
function optionsView({ kind, result }: NodeInstance, submissions: readonly Submission[]) {
  return kind === 'consensus_review' && result ? { options: optionsOf(result, submissions) } : {};
}

/** Every node with its visits, of earlier cycles too; one that the present cycle has not come to is pending. */
export function nodesView(
  definition: PipelineDefinition,
  cycle: CycleStanding,
  rows: { visits: readonly TaskInstance[]; submissions: readonly Submission[]; reviews: readonly Review[] },
  sight: Sight,
) {
  const standing = standingIn(cycle, rows);
  return definition.nodes.map((node) => {
    const visits = rows.visits.filter((instance) => instance.node === node.key);
    const last = standing.of(node.key);
    return {
      node: node.key,
      kind: node.kind,
      title: node.title ?? node.key,
      status: node.kind === 'start' ? 'finished' : (last?.status ?? 'pending'),
      instances: visits
        .filter((instance) => isShown(instance, sight.caller))
        .map((instance) => instanceView(instance, rows.submissions, rows.reviews, sight)),
    };
  });
}
