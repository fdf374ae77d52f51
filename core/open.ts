// How streams begin: a cycle at its start node, a rework child at the visit that does rejected work again.
import type { PipelineClock } from './clock.js';
import type { Progress } from './advance.js';
import { progress } from './advance.js';
import type { CycleEvent } from './events.js';
import { startEvent } from './ending.js';
import { cycleWorkflowId } from './ids.js';
import { defined } from './defined.js';
import type { ResumePoint, Rerun } from './resume.js';
import { withEdges } from './rounds.js';
import type { Plan } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { StreamState, TaskIdentity } from './state.js';

function emptyState(workflowId: string, task: TaskIdentity, plan: Plan, at: number): StreamState {
  return {
    workflowId,
    task,
    plan,
    edges: {},
    instances: {},
    current: {},
    visits: {},
    results: {},
    counters: {},
    reworks: {},
    reports: {},
    clock: { pausedTotalMs: 0 },
    started: false,
    status: 'open',
    lastAt: at,
    answers: [],
  };
}

/** What a cycle may be told at its start. */
export interface Beginning {
  /** How pauses of its pipeline stand. */
  clock?: PipelineClock | undefined;
  /** Of a cycle that is not its task's first: how it came about. */
  rerun?: Rerun | undefined;
}

/** A resumed cycle begins with what was done before. */
export function openCycle(task: TaskIdentity, plan: Plan, at: number, { clock, rerun }: Beginning = {}): Progress {
  const empty = { ...emptyState(cycleWorkflowId(task.cycleId), task, plan, at), ...(clock ? { clock } : {}) };
  const state = rerun?.resume ? resumed(empty, rerun.resume) : restarted(empty, rerun?.counted);
  const { mode, actor, node } = rerun ?? {};
  const told: CycleEvent[] = mode && actor ? [{ type: 'rerun', at, mode, actor, ...defined({ node }) }] : [];
  return progress(state, [...told, startEvent(state, at)], at);
}

/** Its counters start again, but are there: the newest version may have other reviews. */
function restarted(empty: StreamState, counted: readonly string[] = []): StreamState {
  const reviews = counted.filter((key) => planNode(empty.plan, key)?.review);
  return { ...empty, counters: Object.fromEntries(reviews.map((key) => [key, { failures: 0, reReviews: 0 }])) };
}

function resumed(empty: StreamState, { outcomes, results, visits, counters, kept }: ResumePoint): StreamState {
  const begun = { ...empty, results, visits, counters, kept, carried: Object.keys(outcomes), started: true };
  return Object.entries(outcomes).reduce<StreamState>(
    (state, [node, outcome]) => withEdges(state, node, outcome),
    begun,
  );
}

/** The state that a rework child starts with; its cycle records it, so that the child needs no record of its own. */
export function openRework(cycle: StreamState, event: Extract<CycleEvent, { type: 'reworkStarted' }>): StreamState {
  const { initial, scope, child, at, slots = [] } = event;
  return {
    ...emptyState(child, cycle.task, cycle.plan, at),
    scope,
    instances: Object.fromEntries([initial, ...slots].map((instance) => [instance.id, instance])),
    current: { [scope.target]: initial.id },
    visits: { ...cycle.visits, [scope.target]: initial.visit },
    results: cycle.results,
    counters: cycle.counters,
    clock: cycle.clock,
    started: true,
  };
}
