// What later nodes know of votes, and what a verdict makes of that. Folded in by evolve.ts.
import { defined } from './defined.js';
import type { CycleEvent } from './events.js';
import { planNode } from './pipeline.js';
import type { NodeResult, StreamState, VoteResult } from './state.js';
import { slotsOf } from './state.js';
import { answersOf } from './vote-rounds.js';

type EventOf<T extends CycleEvent['type']> = Extract<CycleEvent, { type: T }>;

/** Whoever votes late has seen the task as well: they count among the performers. */
export function decidedResult(state: StreamState, event: EventOf<'decided'>): Partial<NodeResult> {
  const { instance: id, outcome, result, options, late = [] } = event;
  const node = state.instances[id]?.node ?? '';
  const before = state.results[node];
  const slots = slotsOf(state, id);
  const voters = slots.flatMap(({ performer }) => (performer === undefined ? [] : [performer]));
  const holders = slots.flatMap((slot) =>
    late.includes(slot.id) && slot.assignee !== undefined ? [slot.assignee] : [],
  );
  const isSentBack = state.plan.nodes.some(({ review }) => review?.rejectTo === node);
  // A hold that a manager ends had no round of its own: the last one's stands.
  const own = slots.length > 0;
  return {
    outcome,
    performers: own ? [...voters, ...holders] : (before?.performers ?? []),
    ...defined({
      submission: result.submission ?? undefined,
      merged: result.merged,
      options: own ? options : before?.options,
      answers: own ? (isSentBack ? answersOf(slots) : undefined) : before?.answers,
    }),
  };
}

/** What a review puts in place of the work it judged: a fix of its own, or the answer it picked. */
export function judgedAnew(state: StreamState, event: EventOf<'reviewed'>): StreamState {
  const { instance: id, submission, verdict, action, actor } = event;
  const instance = state.instances[id];
  const of = planNode(state.plan, instance?.node ?? '')?.review?.of ?? '';
  const judged = state.results[of];
  if (!instance || !judged || !submission) return state;
  const { merged: _, ...rest } = judged;
  const isVote = planNode(state.plan, of)?.consensus !== undefined;
  const performers = verdict !== 'fixed' ? judged.performers : [...(isVote ? judged.performers : []), actor.id];
  const results = {
    ...state.results,
    [of]: { ...rest, performers, submission, outcome: action ?? judged.outcome },
  };
  if (!instance.result) return { ...state, results };
  const result: VoteResult = { submission, ...defined({ options: instance.result.options }) };
  return { ...state, results, instances: { ...state.instances, [id]: { ...instance, result } } };
}
