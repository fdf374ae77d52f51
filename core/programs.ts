// Programs at work: models, code, gates and chains. The workflow runs them outside; what they come to is decided here.
import { pausedBy } from './clock.js';
import type { PipelineClock } from './clock.js';
import { reject } from './decision.js';
import type { Decision } from './decision.js';
import { defined } from './defined.js';
import { endingEvents, leavingEvents } from './ending.js';
import type { CycleEvent } from './events.js';
import { executionId } from './ids.js';
import { outcomeEvents } from './labeling.js';
import { failedOutcome, reviewActions } from './pipeline.js';
import { planNode } from './plan-node.js';
import type { PlanNode } from './plan-node.js';
import type { GatePlan, ProgramPlan } from './program-settings.js';
import { decideApprove, decideReject } from './review.js';
import { shareOf } from './share.js';
import type { Actor, Instance, StreamState, SubmissionRef } from './state.js';
import { currentInstance } from './state.js';

/** What a run came to. */
export interface ExecutionResult {
  /** A pathway, an action or a verdict; left out: the node's first. */
  outcome?: string;
  submission?: SubmissionRef;
  /** 0–1. */
  confidence?: number;
  /** With a verdict. */
  comment?: string;
  /** A gate: what its conditions gave, in the order of its branches; false where a branch has none. */
  matches?: boolean[];
  /** How pauses stood when it ended. */
  clock?: PipelineClock;
}

export type ExecutionReport =
  { ok: true; result: ExecutionResult } | { ok: false; code: string; detail?: string | undefined };

const programsOnly: readonly string[] = ['code', 'gate', 'chain'];

/** A program has the first try; what is released, reopened or returned is people's, where people can do it. */
function isPrograms(node: PlanNode, instance: Instance): boolean {
  return programsOnly.includes(node.kind) || instance.reason === 'NEW';
}

/** Gives what has just become available to the program that works at its node. */
export function staffed(state: StreamState, at: number): CycleEvent[] {
  for (const node of state.plan.nodes) {
    const instance = currentInstance(state, node.key);
    if (instance?.status !== 'available' || !isPrograms(node, instance)) continue;
    if (node.program) {
      // Nothing is started while paused; it is once its stream hears that the pause is over.
      if (pausedBy(state.clock, node.key) !== undefined) continue;
      const execution = executionId(instance.id, instance.version);
      return [{ type: 'executionStarted', at, instance: instance.id, actor: { id: node.program.actor }, execution }];
    }
    if (node.gate) return gateEvents(state, instance, node.gate, [], at);
  }
  return [];
}

/** The first branch that applies: a condition that held, a share of tasks, or who worked at a node before. */
function branchOf(
  state: StreamState,
  instance: Instance,
  { branches, otherwise }: GatePlan,
  matches: readonly boolean[],
) {
  const share = shareOf(state.task.taskId, instance.node);
  let passed = 0;
  for (const [index, branch] of branches.entries()) {
    const { performedBy } = branch;
    if (branch.share !== undefined) {
      passed += branch.share;
      if (share < passed) return branch.outcome;
    } else if (performedBy) {
      const performers = state.results[performedBy.node]?.performers ?? [];
      if (performers.some((performer) => performedBy.members.includes(performer))) return branch.outcome;
    } else if (matches[index]) return branch.outcome;
  }
  return otherwise;
}

function gateEvents(
  state: StreamState,
  instance: Instance,
  gate: GatePlan,
  matches: readonly boolean[],
  at: number,
): CycleEvent[] {
  const outcome = branchOf(state, instance, gate, matches);
  return leavingEvents(instance, outcome, at);
}

/** An edge `failed` comes first, then what the node says. */
function failureEvents(
  state: StreamState,
  { execution, instance, node, program }: Execution,
  { code, detail }: { code: string; detail?: string | undefined },
  at: number,
): CycleEvent[] {
  const hasEdge = state.plan.edges.some((edge) => edge.from === node.key && edge.on === failedOutcome);
  const to = hasEdge ? 'edge' : program.onFailure === 'people' ? 'people' : 'nobody';
  const failure = { instance: instance.id, execution, code, ...defined({ detail }), to } as const;
  const told: CycleEvent = { type: 'executionFailed', at, ...failure };
  if (to === 'people') return [told];
  if (to === 'edge') return [told, ...leavingEvents(instance, failedOutcome, at)];
  const cause = `${node.key}: ${code}${detail === undefined ? '' : `, ${detail}`}`;
  return [told, ...endingEvents(state, { how: 'failed', at, cause })];
}

function verdictEvents(
  state: StreamState,
  instance: Instance,
  actor: Actor,
  { outcome, comment }: ExecutionResult,
  at: number,
): Decision<CycleEvent[]> {
  const base = { id: instance.execution ?? '', actor, instance: instance.id, ...defined({ comment }) };
  if (outcome === reviewActions.approve) return decideApprove(state, instance, { ...base, type: 'approve' }, at);
  if (outcome === reviewActions.reject) return decideReject(state, instance, { ...base, type: 'reject' }, at);
  return reject('INVALID_ACTION', `a review knows no verdict "${String(outcome)}"`);
}

function workEvents(
  state: StreamState,
  instance: Instance,
  node: PlanNode,
  actor: Actor,
  result: ExecutionResult,
  at: number,
): Decision<CycleEvent[]> {
  if (node.kind === 'review') return verdictEvents(state, instance, actor, result, at);
  const action = result.outcome ?? node.actions[0] ?? '';
  if (!node.actions.includes(action)) {
    return reject('INVALID_ACTION', `"${action.slice(0, 60)}" is none of ${node.actions.join(', ')}`);
  }
  const { submission } = result;
  const events: CycleEvent[] = [
    { type: 'submitted', at, instance: instance.id, actor, action, ...defined({ submission }) },
    ...outcomeEvents(state, instance, action, at, { actor }),
  ];
  return { ok: true, value: events };
}

function resultEvents(state: StreamState, run: Execution, result: ExecutionResult, at: number): CycleEvent[] {
  const { execution, instance, node, program } = run;
  if (node.gate) return gateEvents(state, instance, node.gate, result.matches ?? [], at);
  const actor = { id: program.actor };
  const { submission, confidence } = result;
  if (program.as === 'suggest' || (confidence ?? 1) < program.minConfidence) {
    const suggestion = { instance: instance.id, actor, execution, ...defined({ submission, confidence }) };
    return [{ type: 'suggested', at, ...suggestion }];
  }
  const events = workEvents(state, instance, node, actor, result, at);
  if (events.ok) return events.value;
  const { code, detail } = events.rejection;
  return failureEvents(state, run, { code, detail }, at);
}

/** What a run came to, by the settings that it began with. One that was overtaken (released, escalated, ended) changes nothing. */
export function executedEvents(
  state: StreamState,
  execution: string,
  report: ExecutionReport,
  at: number,
  begunWith?: ProgramPlan,
): CycleEvent[] {
  const found = executionsOf(state).find((candidate) => candidate.execution === execution);
  if (!found || state.status !== 'open') return [];
  const run = { ...found, program: begunWith ?? found.program };
  return report.ok ? resultEvents(state, run, report.result, at) : failureEvents(state, run, report, at);
}

export interface Execution {
  execution: string;
  instance: Instance;
  node: PlanNode;
  program: ProgramPlan;
}

/** Runs that are under way, by execution id. */
export function executionsOf(state: StreamState): Execution[] {
  return Object.values(state.instances).flatMap((instance) => {
    const { execution } = instance;
    const node = execution === undefined ? undefined : planNode(state.plan, instance.node);
    return execution !== undefined && node?.program ? [{ execution, instance, node, program: node.program }] : [];
  });
}
