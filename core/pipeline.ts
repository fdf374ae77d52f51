// What a pipeline is: the published definition (with forms and settings) and the plan that a cycle carries.

export const nodeKinds = [
  'start',
  'labeling',
  'review',
  'consensus',
  'llm',
  'external',
  'code',
  'gate',
  'chain',
  'end',
] as const;
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
  /** Labeling and review: a model works here, or suggests; people have what it can't do. */
  model?: StaffedModel | undefined;
}

/** How often a program is asked, and how long it may take each time. Durations are ISO 8601. */
export interface ProgramLimits {
  /** For one attempt; default PT1M. */
  timeout?: string | undefined;
  retry?: { attempts?: number | undefined; initial?: string | undefined; max?: string | undefined } | undefined;
}

/** A model behind an OpenAI-compatible endpoint. Texts are templates: `{{ CEL }}` over the task and earlier results. */
export interface Model extends ProgramLimits {
  model: string;
  /** One of the endpoints that the worker is set up with; default `default`. */
  provider?: string | undefined;
  system?: string | undefined;
  prompt: string;
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  /** USD per million tokens. */
  price?: { input: number; output: number } | undefined;
  /** Of one attempt: tokens in and out, USD. An answer that costs more counts as failed. */
  budget?: { tokens?: number | undefined; cost?: number | undefined } | undefined;
  /** 0–1: an answer that the model is less sure of is a suggestion to a person. */
  minConfidence?: number | undefined;
}

export interface StaffedModel extends Model {
  /** `worker` claims and submits; `suggest` fills in a draft for a person. */
  as: 'worker' | 'suggest';
}

/** What happens once a program's attempts have failed: people take over, or the cycle fails; an edge `failed` comes first. */
export type OnFailure = 'people' | 'fail';

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
  /** How many independent votes make a result. */
  overlap: { min: number };
  policy: { kind: 'majority'; fields: Record<string, 'exact'>; threshold?: number | undefined };
  /** `escalate` holds the vote for an admin; `tie` finishes it with `result: null` and the tied answers. Default escalate. */
  onDisagreement?: 'escalate' | 'tie' | undefined;
}

/** A model's step; people have what it can't do. */
export interface LlmNode extends FormNode {
  kind: 'llm';
  model: Model;
  /** Default `people`. */
  onFailure?: OnFailure | undefined;
}

/** A program takes the work and answers later: by its claim, or by a callback token. */
export interface ExternalNode extends FormNode {
  kind: 'external';
  /** What it may answer; default `complete`. */
  pathways?: string[] | undefined;
  /** ISO 8601, from when the node was reached: then its outcome is `timeout`. */
  timeout?: string | undefined;
}

/** Calls a URL or a registered function. */
export interface CodeNode extends FormNode, ProgramLimits {
  kind: 'code';
  url?: string | undefined;
  function?: string | undefined;
  /** What it may answer; default `complete`. */
  pathways?: string[] | undefined;
}

/** One way on from a gate; the first that applies is taken. */
export interface GateBranch {
  outcome: string;
  /** CEL over the task and earlier results. */
  when?: string | undefined;
  /** 0–1: this share of tasks, always the same ones. */
  share?: number | undefined;
  /** Whoever did that node is one of these members. */
  performedBy?: { node: string; members: string[] } | undefined;
}

export interface GateNode extends NodeBase {
  kind: 'gate';
  branches: GateBranch[];
  /** Where none applies. */
  otherwise: string;
}

/** Creates a task of another pipeline of the project. */
export interface ChainNode extends NodeBase, ProgramLimits {
  kind: 'chain';
  /** Its name. */
  pipeline: string;
  /** Fields of the new task's data, each a CEL expression; default: this task's data. */
  data?: Record<string, string> | undefined;
}

export interface EndNode extends NodeBase {
  kind: 'end';
  outcome?: CycleOutcome | undefined;
}

export type PipelineNode =
  | StartNode
  | LabelingNode
  | ReviewNode
  | ConsensusNode
  | LlmNode
  | ExternalNode
  | CodeNode
  | GateNode
  | ChainNode
  | EndNode;

/** Nodes that somebody, or a program, fills in. */
export type FormedNode = Exclude<PipelineNode, StartNode | GateNode | ChainNode | EndNode>;

export const isFormed = (node: PipelineNode): node is FormedNode =>
  !['start', 'gate', 'chain', 'end'].includes(node.kind);

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

/** What a cycle knows of the program that works at a node. Times in milliseconds. */
export interface ProgramPlan {
  kind: 'llm' | 'code' | 'gate' | 'chain';
  /** Who did it, on rows and the timeline, e.g. `model:gpt-4o`. */
  actor: string;
  as: 'worker' | 'suggest';
  minConfidence: number;
  onFailure: OnFailure;
  timeoutMs: number;
  attempts: number;
  retryMs: number;
  retryMaxMs: number;
}

/** A gate's branches; the conditions themselves are CEL and stay with the definition. */
export interface GatePlan {
  branches: { outcome: string; share?: number; performedBy?: { node: string; members: string[] } }[];
  otherwise: string;
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
  review?: { of: string; rejectTo: string; maxReviewFailures: number; maxReReviews: number };
  consensus?: { slots: number; fields: string[]; threshold: number; onDisagreement: 'escalate' | 'tie' };
  program?: ProgramPlan;
  gate?: GatePlan;
  /** An external node's time, from when it was reached. */
  timeoutMs?: number;
  end?: CycleOutcome;
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
/** Outcomes that come about by themselves; an edge may take them. */
export const failedOutcome = 'failed';
export const timeoutOutcome = 'timeout';

export function planNode(plan: Plan, key: string): PlanNode | undefined {
  return plan.nodes.find((node) => node.key === key);
}
