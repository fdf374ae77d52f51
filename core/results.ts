// What later nodes know of votes, and what a verdict makes of that. Folded in by evolve.ts.
import { defined } from './defined.js';
import type { CycleEvent } from './events.js';
import type { PlanNode } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { Instance, NodeResult, StreamState, SubmissionRef, VoteResult } from './state.js';
import { slotsOf } from './state.js';
import { answersOf } from './vote-rounds.js';

type EventOf<T extends CycleEvent['type']> = Extract<CycleEvent, { type: T }>;

/** Whoever votes late has seen the task as well: they count among the performers. */
function performersOf(slots: readonly Instance[], late: readonly string[]): string[] {
  return slots.flatMap(({ id, performer, assignee }) => {
    const person = performer ?? (late.includes(id) ? assignee : undefined);
    return person === undefined ? [] : [person];
  });
}

export function decidedResult(state: StreamState, event: EventOf<'decided'>): Partial<NodeResult> {
  const { instance: id, outcome, result, options, late = [] } = event;
  const node = state.instances[id]?.node ?? '';
  const slots = slotsOf(state, id);
  const isSentBack = state.plan.nodes.some(({ review }) => review?.rejectTo === node);
  const own = {
    performers: performersOf(slots, late),
    ...defined({ options, answers: isSentBack ? answersOf(slots) : undefined }),
  };
  return {
    // A hold that a manager ends had no round of its own: the last one's stands.
    ...(slots.length > 0 ? own : roundOf(state.results[node])),
    outcome,
    ...defined({ submission: result.submission ?? undefined, merged: result.merged }),
  };
}

const roundOf = (before: NodeResult | undefined): Partial<NodeResult> =>
  defined({ performers: before?.performers ?? [], options: before?.options, answers: before?.answers });

/** What the votes came to, and what may be picked: the different answers, without names. */
export function foundBy(state: StreamState, node: PlanNode): VoteResult {
  const votes = state.results[node.review?.of ?? ''];
  return {
    submission: votes?.submission ?? null,
    ...defined({ merged: votes?.merged }),
    options: votes?.options ?? [],
  };
}

/** What a review puts in place of the work it judged: a fix of its own, or the answer it picked. */
export function judgedAnew(state: StreamState, event: EventOf<'reviewed'>): StreamState {
  const instance = state.instances[event.instance];
  const of = planNode(state.plan, instance?.node ?? '')?.review?.of ?? '';
  const judged = state.results[of];
  if (!instance || !judged) return state;
  const known = withJudge(judged, instance, event);
  const result = event.submission ? replaced(state, of, known, event) : known;
  const next = { ...state, results: { ...state.results, [of]: result } };
  return event.submission && instance.result ? withPicked(next, instance, event.submission) : next;
}

const withJudge = (judged: NodeResult, { kind, node }: Instance, { verdict }: EventOf<'reviewed'>): NodeResult =>
  kind === 'consensus_review' && verdict !== 'fail' ? { ...judged, judgedBy: node } : judged;

function withPicked(state: StreamState, instance: Instance, submission: SubmissionRef): StreamState {
  const result: VoteResult = { submission, ...defined({ options: instance.result?.options }) };
  return { ...state, instances: { ...state.instances, [instance.id]: { ...instance, result } } };
}

function replaced(state: StreamState, node: string, judged: NodeResult, event: EventOf<'reviewed'>): NodeResult {
  const { merged: _, ...rest } = judged;
  const { actor, verdict, action, submission } = event;
  // Those who voted stay performers, whatever is put in place of their answers.
  const before = planNode(state.plan, node)?.consensus || verdict !== 'fixed' ? judged.performers : [];
  return {
    ...rest,
    performers: event.performers ?? (verdict === 'fixed' ? [...before, actor.id] : before),
    outcome: action ?? judged.outcome,
    ...defined({ submission }),
  };
}

/** Whoever reviews it just now has to read it again. */
export function revised(state: StreamState, event: EventOf<'revised'>): StreamState {
  const { instance: id, node, submission, performers } = event;
  const before = state.results[node];
  if (!before) return state;
  const instances = { ...state.instances };
  const patch = (of: Instance | undefined, more: Partial<Instance>): void => {
    if (of) instances[of.id] = { ...of, ...more, version: of.version + 1 };
  };
  patch(instances[id], { submission });
  for (const { key, review } of state.plan.nodes) {
    const judging = state.instances[state.current[key] ?? ''];
    if (review?.of !== node || !judging) continue;
    if (judging.status === 'claimed') patch(judging, { revised: true });
    // Its version stays: histories of before late verdicts have commands that name it.
    else if (judging.status === 'available') instances[judging.id] = { ...judging, unread: true };
  }
  return { ...state, instances, results: { ...state.results, [node]: { ...before, performers, submission } } };
}
