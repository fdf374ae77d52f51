// The functions that code nodes may name. Add yours here: it gets plain JSON and answers `{pathway?, values?, confidence?}`.
// It may run more than once for the same execution, so what it does outside should be idempotent by `execution`.
import { mostCommon } from './most-common.js';
import { sameAnswers } from './same-answers.js';

/** What a function is given. */
export interface FunctionInput {
  /** The same for every attempt. */
  execution: string;
  node: string;
  task: { id: string; externalId: string | null; title: string; priority: number; tags: string[] };
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  /** By node key. */
  results: Record<string, { outcome: string; values: unknown }>;
  /** By name, what the node declares. */
  inputs: Record<string, unknown>;
}

export interface FunctionResult {
  /** One of the node's pathways; left out: the first. */
  pathway?: string;
  values?: unknown;
  /** 0–1. */
  confidence?: number;
}

export type CodeFunction = (
  input: FunctionInput,
  signal: AbortSignal,
) => FunctionResult | undefined | Promise<FunctionResult | undefined>;

export const functions: Readonly<Record<string, CodeFunction>> = {
  'most-common': mostCommon,
  'same-answers': sameAnswers,
};
