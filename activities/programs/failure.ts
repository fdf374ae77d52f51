// Why a run failed. The code travels to the cycle and its timeline; docs/pipelines.md lists them.

export const failureCodes = [
  'CALL_NOT_ALLOWED',
  'CALL_REFUSED',
  'CALL_TIMEOUT',
  'CALL_UNAVAILABLE',
  'CHAIN_TOO_DEEP',
  'DUPLICATE_TASK',
  'EXPRESSION_FAILED',
  'FUNCTION_FAILED',
  'FUNCTION_UNKNOWN',
  'MODEL_MALFORMED',
  'MODEL_OVER_BUDGET',
  'MODEL_REFUSED',
  'MODEL_TIMEOUT',
  'MODEL_UNAVAILABLE',
  'MODEL_UNKNOWN',
  'PIPELINE_UNKNOWN',
  'RESULT_MALFORMED',
] as const;
export type FailureCode = (typeof failureCodes)[number];

export class ProgramFailure extends Error {
  readonly retryable: boolean;

  constructor(
    readonly code: FailureCode,
    detail: string,
    { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(detail, { cause });
    this.name = 'ProgramFailure';
    this.retryable = retryable;
  }
}

export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 500);
