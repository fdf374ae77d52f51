// Settings that were changed, as cycles have them: laid over the plan of their version, and taken in for their next visits.
import { defined } from './defined.js';
import { durationMs, durationOr } from './duration.js';
import type { CycleEvent } from './events.js';
import { route } from './graph.js';
import { dueFrom, excludedFrom, timeoutFrom } from './instances.js';
import type { LiveByNode, LiveSettings } from './live-settings.js';
import type { OnSkip } from './pipeline.js';
import { skipOutcome, timeoutOutcome } from './pipeline.js';
import { modelActor, weekMs } from './plan-programs.js';
import type { Plan, PlanNode } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { ProgramPlan } from './program-settings.js';
import type { Instance, StreamState } from './state.js';
import { isOpen } from './state.js';

/** What settings are to a cycle, all of them; times in milliseconds. */
export interface Tuning {
  leaseMs: number;
  retainMs: number;
  priority: number;
  exclude: string[];
  onSkip?: OnSkip;
  maxReviewFailures?: number;
  maxReReviews?: number;
  sample?: number;
  /** From here on: what is left out was not told, and stays as it is; histories hold such. */
  rerunOnStatusChange?: boolean;
  commentOnFail?: boolean;
  /** Null: none. */
  dueMs?: number | null;
  timeoutMs?: number | null;
  program?: ProgramPlan;
}

/** What a version can't route stays as the version has it. */
function onSkipOf(plan: Plan, node: PlanNode, live: LiveSettings): OnSkip | undefined {
  const { onSkip = node.onSkip } = live;
  if (onSkip === 'leave' && route(plan, node.key, skipOutcome).taken.length === 0) return node.onSkip;
  return onSkip === 'others' ? undefined : onSkip;
}

function reviewTuning({ review }: PlanNode, { limits, sample, commentOnFail }: LiveSettings) {
  if (!review) return {};
  const { maxReviewFailures, maxReReviews, sample: own } = { ...review, ...defined(limits ?? {}) };
  const share = sample ?? own;
  return {
    maxReviewFailures,
    maxReReviews,
    ...(share === undefined || share === 1 ? {} : { sample: share }),
    commentOnFail: commentOnFail ?? review.commentOnFail ?? false,
  };
}

/** What a version can't route stays as the version has it. */
function timeoutOf(plan: Plan, node: PlanNode, { timeout }: LiveSettings): number | null {
  const own = node.timeoutMs ?? null;
  if (node.kind !== 'external' || timeout === undefined) return own;
  return route(plan, node.key, timeoutOutcome).taken.length === 0 ? own : durationOr(timeout, weekMs);
}

/** A claim that holds until its program's time is over goes on doing so. */
function leaseOf(node: PlanNode, { lease }: LiveSettings, timeoutMs: number | null): number {
  const followsTimeout = node.kind === 'external' && node.leaseMs === (node.timeoutMs ?? weekMs);
  return durationOr(lease, followsTimeout ? (timeoutMs ?? node.leaseMs) : node.leaseMs);
}

function programOf({ program }: PlanNode, { model, timeout, retry, onFailure }: LiveSettings): ProgramPlan | undefined {
  if (!program) return undefined;
  const limits = program.kind === 'llm' ? (model ?? {}) : { timeout, retry };
  return {
    ...program,
    ...defined({
      actor: program.kind === 'llm' && model?.model !== undefined ? modelActor(model.model) : undefined,
      minConfidence: model?.minConfidence,
      onFailure,
      attempts: limits.retry?.attempts,
    }),
    timeoutMs: durationOr(limits.timeout, program.timeoutMs),
    retryMs: durationOr(limits.retry?.initial, program.retryMs),
    retryMaxMs: durationOr(limits.retry?.max, program.retryMaxMs),
  };
}

/** A node of a version as the settings have it. */
export function tuningOf(plan: Plan, node: PlanNode, live: LiveSettings): Tuning {
  const { excludePerformersOf, priority = node.priority } = live;
  const always = node.review ? [node.review.of] : [];
  const timeoutMs = timeoutOf(plan, node, live);
  return {
    leaseMs: leaseOf(node, live, timeoutMs),
    retainMs: durationOr(live.retain, node.retainMs),
    priority,
    exclude: excludePerformersOf ? [...new Set([...excludePerformersOf, ...always])] : node.exclude,
    ...defined({ onSkip: onSkipOf(plan, node, live) }),
    ...reviewTuning(node, live),
    rerunOnStatusChange: live.rerunOnStatusChange ?? node.rerunOnStatusChange ?? true,
    dueMs: (live.due === undefined ? undefined : durationMs(live.due)) ?? node.dueMs ?? null,
    timeoutMs,
    ...defined({ program: programOf(node, live) }),
  };
}

const orNone = (told: number | null | undefined, own: number | undefined): number | undefined =>
  told === undefined ? own : (told ?? undefined);

/** Only the way that differs from what is usual is written down. */
const unless = <T extends boolean>(unusual: T, told: boolean | undefined, own: T | undefined): T | undefined =>
  told === undefined ? own : told === unusual ? unusual : undefined;

function tunedReview(review: NonNullable<PlanNode['review']>, tuning: Tuning): PlanNode['review'] {
  const { sample: _, commentOnFail: own, ...rule } = review;
  const { sample, maxReviewFailures, maxReReviews } = tuning;
  const commentOnFail = unless(true, tuning.commentOnFail, own);
  return { ...rule, ...defined({ maxReviewFailures, maxReReviews, sample, commentOnFail }) };
}

function tuned(node: PlanNode, tuning: Tuning): PlanNode {
  const { leaseMs, retainMs, priority, exclude, onSkip } = tuning;
  const { onSkip: _, rerunOnStatusChange, dueMs, timeoutMs, review, program, ...rest } = node;
  return {
    ...rest,
    ...{ leaseMs, retainMs, priority, exclude },
    ...defined({
      onSkip,
      rerunOnStatusChange: unless(false, tuning.rerunOnStatusChange, rerunOnStatusChange),
      dueMs: orNone(tuning.dueMs, dueMs),
      timeoutMs: orNone(tuning.timeoutMs, timeoutMs),
      program: tuning.program ?? program,
      review: review && tunedReview(review, tuning),
    }),
  };
}

/** All live settings of a pipeline; the number is one higher with each change. */
export interface PipelineSettings {
  number: number;
  nodes: LiveByNode;
}

/** The plan that a new cycle of a version begins with. */
export function withSettings(plan: Plan, { number, nodes: live }: PipelineSettings): Plan {
  if (number === 0) return plan;
  const nodes = plan.nodes.map((node) => {
    const own = Object.hasOwn(live, node.key) ? live[node.key] : undefined;
    return own ? tuned(node, tuningOf(plan, node, own)) : node;
  });
  return { ...plan, nodes, settings: number };
}

export interface TunedNode {
  /** Milliseconds. */
  changedAt: number;
  tuning: Tuning;
}

type Changed = Extract<CycleEvent, { type: 'settingsChanged' }>;

/** Whether what comes after it runs again, of work that was opened again. */
function reopenedAs({ reopened }: Instance, node: PlanNode): Pick<Instance, 'reopened'> {
  if (reopened === undefined) return {};
  return { reopened: node.rerunOnStatusChange === false ? 'keep' : 'rerun' };
}

/** As if it were opened now, and a program that was to begin is the one of now. */
function openedAnew(state: StreamState, node: PlanNode, instance: Instance, { dueMs, timeoutMs }: Tuning): Instance {
  const { excluded: _, leaseMs: __, dueAt, timeoutAt, ...rest } = instance;
  const { openedAt } = instance;
  const excluded = excludedFrom(state, node);
  return {
    ...rest,
    version: rest.version + 1,
    ...(excluded.length > 0 ? { excluded } : {}),
    ...(dueMs === undefined ? defined({ dueAt }) : dueFrom(state, node, openedAt)),
    ...(timeoutMs === undefined ? defined({ timeoutAt }) : timeoutFrom(state, node, openedAt)),
    ...reopenedAs(instance, node),
    ...(instance.execution !== undefined && node.program ? { assignee: node.program.actor } : {}),
  };
}

/** Visits opened since take the settings in; others keep the lease, and who may claim, that they were opened with. */
function retuned(state: StreamState, before: Plan, instance: Instance, { nodes }: Changed): Instance {
  const change = Object.hasOwn(nodes, instance.node) ? nodes[instance.node] : undefined;
  if (!change || !isOpen(instance)) return instance;
  const node = planNode(state.plan, instance.node);
  const isUntouched = instance.status === 'available' || instance.execution !== undefined;
  const isNew = instance.openedAt >= change.changedAt && isUntouched;
  if (!node || !isNew) return { leaseMs: planNode(before, instance.node)?.leaseMs ?? 0, ...instance };
  return openedAnew(state, node, instance, change.tuning);
}

export function settingsChanged(state: StreamState, event: Changed): StreamState {
  const nodes = state.plan.nodes.map((node) => {
    const change = Object.hasOwn(event.nodes, node.key) ? event.nodes[node.key] : undefined;
    return change ? tuned(node, change.tuning) : node;
  });
  const next = { ...state, plan: { ...state.plan, nodes, settings: event.number } };
  const instances = Object.entries(state.instances).map(([id, instance]) => [
    id,
    retuned(next, state.plan, instance, event),
  ]);
  return { ...next, instances: Object.fromEntries(instances) as StreamState['instances'] };
}
