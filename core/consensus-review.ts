// Judging the votes of a consensus node: one of the answers is picked, another one given, or the votes' own result confirmed.
// Rejecting, which asks for another round, is as in any review (review.ts).
import type { ApproveCommand, ResolveCommand } from './commands.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { CycleEvent } from './events.js';
import type { PlanNode } from './plan-node.js';
import { mayJudge, passEvents } from './review.js';
import type { Instance, StreamState, VoteOption } from './state.js';

/** A review that is for disagreements only has nothing to do where the votes have a winner, or never came about. */
export function isPassedBy(state: StreamState, node: PlanNode): boolean {
  const votes = state.results[node.review?.of ?? ''];
  return node.review?.only === 'disagreement' && (!votes || votes.submission !== undefined);
}

/** By the id of its submission, or by a hash that only one option has. */
function picked({ result }: Instance, pick: string): Decision<VoteOption> {
  const options = result?.options ?? [];
  const byId = options.find(({ submission }) => submission.id === pick);
  if (byId) return accept(byId);
  const [byHash, other] = options.filter(({ submission }) => submission.hash === pick);
  if (byHash && other)
    return reject('OPTION_UNKNOWN', 'several options have that hash; pick by the id of the submission');
  return byHash ? accept(byHash) : reject('OPTION_UNKNOWN');
}

export function decideConsensusReview(
  _state: StreamState,
  instance: Instance,
  command: ApproveCommand,
  at: number,
): Decision<CycleEvent[]> {
  const { pick, submission } = command;
  const held = mayJudge(instance, command);
  if (!held.ok) return held;
  if (pick !== undefined && submission) return reject('INVALID_ACTION', 'pick an answer or hand in values, not both');
  if (pick === undefined) {
    if (!submission && !instance.result?.submission) return reject('OPTION_UNKNOWN', 'the votes have no winner');
    return accept(passEvents(instance, command, at, submission));
  }
  const option = picked(instance, pick);
  if (!option.ok) return option;
  const { submission: answer, action } = option.value;
  return accept(
    passEvents(instance, command, at).map((event) =>
      event.type === 'reviewed' ? { ...event, submission: answer, action } : event,
    ),
  );
}

/** A manager accepts what was held: the result that there is, or values of their own. */
export function acceptedReview(instance: Instance, command: ResolveCommand, at: number): Decision<CycleEvent[]> {
  if (!command.submission && !instance.result?.submission) {
    return reject('INVALID_ACTION', 'the votes have no winner; return, fix or discard');
  }
  return accept(passEvents(instance, command, at, command.submission));
}
