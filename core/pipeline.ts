// What a pipeline is: the published definition (with forms and settings) and the plan that a cycle carries.
import type { GateBranch, Model, OnFailure, ProgramLimits, StaffedModel } from './program-settings.js';

export const nodeKinds = [
  'start',
  'labeling',
  'review',
  'consensus',
  'consensus_review',
  'llm',
  'external',
  'code',
  'gate',
  'chain',
  'checkpoint',
  'end',
] as const;
export type NodeKind = (typeof nodeKinds)[number];

export const cycleOutcomes = ['complete', 'archive', 'discard'] as const;
export type CycleOutcome = (typeof cycleOutcomes)[number];

/** Where skipped work goes: to somebody else, back to who skipped it, or on along the edge `skip`. */
export const onSkips = ['others', 'me', 'leave'] as const;
export type OnSkip = (typeof onSkips)[number];

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
  /** ISO 8601. How long after it was opened a visit is due; people are told, nothing follows by itself. */
  due?: string | undefined;
  /** ISO 8601. How long reworked work is kept for the person who did it; default P1D. */
  retain?: string | undefined;
  /** Node keys whose performers may not work here; review nodes exclude the performer of what they review by themselves. */
  excludePerformersOf?: string[] | undefined;
  /** 0–1, higher first in the queue; default 0.5. */
  priority?: number | undefined;
  /** Labeling and review: a model works here, or suggests; people have what it can't do. */
  model?: StaffedModel | undefined;
  /** Reopened work that is done again makes what comes after it run again; default true. */
  rerunOnStatusChange?: boolean | undefined;
  /** Default others. */
  onSkip?: OnSkip | undefined;
  /** The next holder goes on from the draft of the one before; default false. */
  handOnDrafts?: boolean | undefined;
}

/** A value that a node is given by name: of an earlier node's result or of a variable, else the default. */
export interface NodeInput {
  name: string;
  /** `field` is a top-level field of the result, or a JSON pointer into it; left out: all of it. */
  from: { node: string; field?: string | undefined } | { variable: string };
  default?: unknown;
}

export const outputTypes = ['item', 'task', 'assignment'] as const;

export interface NodeOutput {
  name: string;
  type: (typeof outputTypes)[number];
  description?: string | undefined;
}

/** What kind of quality task a node is. */
export const qualities = ['none', 'honeypot', 'consensus', 'qualification'] as const;

/** What a worker sees beside the form. */
export interface NodeShows {
  /** Top-level fields of the task's data; left out: all of them. */
  data?: string[] | undefined;
  /** Earlier nodes whose results are shown. */
  results?: string[] | undefined;
  /** Who did the work that is shown; default false. */
  authors?: boolean | undefined;
  /** Default false. */
  gold?: boolean | undefined;
}

interface NodeBase {
  key: string;
  title?: string | undefined;
  settings?: NodeSettings | undefined;
  inputs?: NodeInput[] | undefined;
  outputs?: NodeOutput[] | undefined;
  /** Who answers for the node; a name that people read. */
  owner?: string | undefined;
  quality?: (typeof qualities)[number] | undefined;
  shows?: NodeShows | undefined;
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
  /** 0–1: the share of tasks that is reviewed; default 1. */
  sample?: number | undefined;
  /** A rejection needs a comment; default false. */
  commentOnFail?: boolean | undefined;
  /** A rework changes every failed field or says why not; default false. */
  strict?: boolean | undefined;
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
  /** Whose instructions are told; the form is that of the votes. */
  recipe?: string | undefined;
  instructions?: string | undefined;
  limits?: ReviewNode['limits'];
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

/** Holds the cycles of a batch until its task, or each assignee's share of it, is done; then one new cycle starts. */
export interface CheckpointNode extends NodeBase {
  kind: 'checkpoint';
  /** The node whose task or assignment it waits for; default: the node before it. */
  of?: string | undefined;
  per: (typeof checkpointPers)[number];
}

export const checkpointPers = ['task', 'assignment'] as const;

export interface EndNode extends NodeBase {
  kind: 'end';
  outcome?: CycleOutcome | undefined;
}

export type PipelineNode =
  | StartNode
  | LabelingNode
  | ReviewNode
  | ConsensusNode
  | ConsensusReviewNode
  | LlmNode
  | ExternalNode
  | CodeNode
  | GateNode
  | ChainNode
  | CheckpointNode
  | EndNode;

/** Nodes that somebody, or a program, fills in. */
export type FormedNode = Exclude<
  PipelineNode,
  StartNode | ConsensusReviewNode | GateNode | ChainNode | CheckpointNode | EndNode
>;

export const isFormed = (node: PipelineNode): node is FormedNode =>
  !['start', 'consensus_review', 'gate', 'chain', 'checkpoint', 'end'].includes(node.kind);

export interface PipelineEdge {
  from: string;
  /** The outcome that takes this edge; left out: every outcome that has no edge of its own. */
  on?: string | undefined;
  /** An output of `from` of the type task or assignment: a checkpoint is between the two nodes. */
  output?: string | undefined;
  to: string;
}

/** What becomes of a task that is there already: let in and counted, left out, or refused. */
export const onDuplicates = ['allow', 'skip', 'refuse'] as const;
export type OnDuplicate = (typeof onDuplicates)[number];

export interface PipelineDefinition {
  name: string;
  description?: string | undefined;
  /** Default allow. */
  onDuplicate?: OnDuplicate | undefined;
  /** What tells that it is the same task; default externalId. */
  duplicateBy?: 'externalId' | 'dataHash' | undefined;
  recipes?: Record<string, Recipe> | undefined;
  /** Values by name that nodes take as inputs. */
  variables?: Record<string, unknown> | undefined;
  nodes: PipelineNode[];
  edges: PipelineEdge[];
}

export const reviewActions = { approve: 'approve', reject: 'reject' } as const;
export const discardAction = 'discard';
/** Outcomes that come about by themselves; an edge may take them. */
export const failedOutcome = 'failed';
export const timeoutOutcome = 'timeout';
/** The outcome of skipped work that leaves its node. */
export const skipOutcome = 'skip';
/** The outcome by which the held cycles leave a checkpoint; its other edges are the new cycle's. */
export const itemOutcome = 'item';
