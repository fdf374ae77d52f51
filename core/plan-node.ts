// What a cycle carries of its pipeline version.
import type { Comparator, CycleOutcome, Disagreement, NodeKind, OnSkip, PolicyKind } from './pipeline.js';
import type { GatePlan, ProgramPlan } from './program-settings.js';

/** One node as a cycle needs it: topology, limits and timers, no form and no text. Times in milliseconds. */
export interface PlanNode {
  key: string;
  kind: NodeKind;
  actions: string[];
  leaseMs: number;
  retainMs: number;
  priority: number;
  exclude: string[];
  /** Left out: what comes after it runs again when it is reopened and done again. */
  rerunOnStatusChange?: false;
  /** How long after it was opened a visit is due; nothing follows by itself. */
  dueMs?: number;
  /** Left out: others. */
  onSkip?: OnSkip;
  /** Of a review and of a consensus_review, which alone may be for disagreements only. */
  review?: {
    of: string;
    rejectTo: string;
    /** Consensus reviews of what it judges: the one that judged it last has it first. */
    judges?: string[];
    maxReviewFailures: number;
    maxReReviews: number;
    /** Left out: every task. */
    sample?: number;
    commentOnFail?: true;
    only?: 'disagreement';
  };
  consensus?: ConsensusRule;
  program?: ProgramPlan;
  gate?: GatePlan;
  /** An external node's time, from when it was reached. */
  timeoutMs?: number;
  /** The node whose batch, or share of it, is waited for. */
  checkpoint?: { of: string; per: 'task' | 'assignment' };
  end?: CycleOutcome;
}

/** What is left out is as it was before there was a choice: majority, exact, as many votes as slots, nothing early. */
export interface ConsensusRule {
  slots: number;
  fields: string[];
  threshold: number;
  onDisagreement: Disagreement;
  max?: number;
  stopEarly?: true;
  onEarlyStop?: 'cancel';
  /** Another round is kept for those who voted before. */
  keepsVoters?: true;
  kind?: Exclude<PolicyKind, 'majority'>;
  /** Of the fields that are not compared exactly. */
  comparators?: Record<string, Exclude<Comparator, 'exact'>>;
  weights?: Record<string, number>;
  defaultWeight?: number;
}

export interface PlanEdge {
  from: string;
  on?: string;
  to: string;
}

/** What a cycle carries of its pipeline version: about 1 KB of plain JSON. */
export interface Plan {
  nodes: PlanNode[];
  edges: PlanEdge[];
  /** The number of the live settings in it; left out: none were ever changed. */
  settings?: number;
}

/** What claim-next has to know of a node that only earlier versions have. */
export type RetiredNode = Pick<PlanNode, 'key' | 'kind' | 'priority'>;

/** The nodes that a new version leaves behind, those of versions before among them. */
export function retiredBy(next: Plan, last: Plan, before: readonly RetiredNode[]): RetiredNode[] {
  const is = (one: RetiredNode) => (other: RetiredNode) => one.key === other.key && one.kind === other.kind;
  return [...last.nodes, ...before]
    .map(({ key, kind, priority }) => ({ key, kind, priority }))
    .filter((node, index, all) => !next.nodes.some(is(node)) && all.findIndex(is(node)) === index);
}

export function planNode(plan: Plan, key: string): PlanNode | undefined {
  return plan.nodes.find((node) => node.key === key);
}
