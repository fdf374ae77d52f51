// What a pipeline says of the programs that work at its nodes, and what of it a cycle carries.

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
