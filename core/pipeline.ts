// What a pipeline is: the published definition (with forms and settings) and the plan that a cycle carries.

export const nodeKinds = ['start', 'labeling', 'review', 'consensus', 'consensus_review', 'end'] as const;
export type NodeKind = (typeof nodeKinds)[number];

export const cycleOutcomes = ['complete', 'archive', 'discard'] as const;
export type CycleOutcome = (typeof cycleOutcomes)[number];

/** A JSON Schema 2020-12 document; checked by ajv at the edge, never read by the core. */
export type Form = Readonly<Record<string, unknown>>;

/** A form with what people are told about it; nodes refer to one by name or inline it. */
export interface Recipe {
  form: Form;
  /** Markdown. */
  instructions?: string | undefined;
}

export interface NodeSettings {
  /** ISO 8601. How long a claim holds without heartbeat or submit; default PT30M. */
  lease?: string | undefined;
  /** ISO 8601. How long reworked work is kept for the person who did it; default P1D. */
  retain?: string | undefined;
  /** Node keys whose performers may not work here; review nodes exclude the performer of what they review by themselves. */
  excludePerformersOf?: string[] | undefined;
  /** 0–1, higher first in the queue; default 0.5. */
  priority?: number | undefined;
}

interface NodeBase {
  key: string;
  title?: string | undefined;
  settings?: NodeSettings | undefined;
}

interface FormNode extends NodeBase {
  form?: Form | undefined;
  recipe?: string | undefined;
  instructions?: string | undefined;
  /** Outcomes that a person may choose. */
  actions?: string[] | undefined;
}

export interface StartNode extends NodeBase {
  kind: 'start';
}

export interface LabelingNode extends FormNode {
  kind: 'labeling';
}

export interface ReviewNode extends FormNode {
  kind: 'review';
  /** The node whose work is judged. */
  reviews: string;
  /** Where a rejected submission goes; default: the reviewed node. */
  rejectTo?: string | undefined;
  limits?: { maxReviewFailures?: number | undefined; maxReReviews?: number | undefined } | undefined;
}

export interface ConsensusNode extends FormNode {
  kind: 'consensus';
  /** How many independent votes make a result: `min`, and one more at a time up to `max` while they disagree. */
  overlap: { min: number; max?: number | undefined; stopEarly?: boolean | undefined };
  policy: {
    kind: PolicyKind;
    fields: Record<string, Comparator>;
    threshold?: number | undefined;
    /** By member id; `weighted` only. */
    weights?: Record<string, number> | undefined;
    defaultWeight?: number | undefined;
  };
  /** `escalate` holds the vote for an admin; `tie` finishes it with `result: null` and the tied answers. Default escalate. */
  onDisagreement?: Disagreement | undefined;
  /** What becomes of slots that are claimed when a vote stops early; default accept. */
  onEarlyStop?: 'accept' | 'cancel' | undefined;
}

export const policyKinds = ['majority', 'unanimous', 'weighted', 'fields'] as const;
export type PolicyKind = (typeof policyKinds)[number];

export const disagreements = ['adjudicate', 'extend', 'escalate', 'tie'] as const;
export type Disagreement = (typeof disagreements)[number];

/** When two votes have the same value in a field; core/comparators.ts defines each. */
export type Comparator = 'exact' | 'caseFold' | 'set' | { tolerance: number } | { iou: number };

export interface ConsensusReviewNode extends NodeBase {
  kind: 'consensus_review';
  /** The consensus node whose votes are judged. */
  reviews: string;
  /** Passed by where the votes have a winner. */
  only?: 'disagreement' | undefined;
  limits?: ReviewNode['limits'];
}

export interface EndNode extends NodeBase {
  kind: 'end';
  outcome?: CycleOutcome | undefined;
}

export type PipelineNode = StartNode | LabelingNode | ReviewNode | ConsensusNode | ConsensusReviewNode | EndNode;

export interface PipelineEdge {
  from: string;
  /** The outcome that takes this edge; left out: every outcome that has no edge of its own. */
  on?: string | undefined;
  to: string;
}

export interface PipelineDefinition {
  name: string;
  description?: string | undefined;
  recipes?: Record<string, Recipe> | undefined;
  nodes: PipelineNode[];
  edges: PipelineEdge[];
}

/** One node as a cycle needs it: topology, limits and timers, no form and no text. Times in milliseconds. */
export interface PlanNode {
  key: string;
  kind: NodeKind;
  actions: string[];
  leaseMs: number;
  retainMs: number;
  priority: number;
  exclude: string[];
  /** Of a review and of a consensus_review, which alone may be for disagreements only. */
  review?: {
    of: string;
    rejectTo: string;
    maxReviewFailures: number;
    maxReReviews: number;
    only?: 'disagreement';
  };
  consensus?: ConsensusRule;
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
}

export const reviewActions = { approve: 'approve', reject: 'reject' } as const;
export const discardAction = 'discard';

export function planNode(plan: Plan, key: string): PlanNode | undefined {
  return plan.nodes.find((node) => node.key === key);
}
