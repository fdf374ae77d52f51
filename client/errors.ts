// What Temporal's errors mean for a command.
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Rejection } from '../core/decision.js';
import { isRejectionCode } from '../core/rejections.js';

/** The rejection that a refused update carries. */
export const rejectionOf = (error: unknown): Rejection | undefined => {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return undefined;
  const { type, details } = error.cause;
  if (!isRejectionCode(type)) return undefined;
  const detail = (details?.[0] as { detail?: string | null } | undefined)?.detail;
  return typeof detail === 'string' ? { code: type, detail } : { code: type };
};

/** gRPC codes after which the same update id may be sent again: nothing is known to have happened. */
const passing = new Set([1, 4, 8, 10, 14]); // cancelled, deadline, exhausted, aborted, unavailable

/** True where the same command may be sent again with its id. */
export const isPassing = (error: unknown): boolean => {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  // The update met a workflow task that failed for another reason, e.g. a message that came in meanwhile; or all of them do.
  if (isGrpcServiceError(error))
    return (
      passing.has(error.code) || /unexpected workflow task failure|Workflow Task in failed state/.test(error.details)
    );
  // The run moved on (continue-as-new) before it could answer; the next one remembers the answer.
  if (error instanceof WorkflowUpdateFailedError) {
    return error.cause instanceof ApplicationFailure && error.cause.type === 'AcceptedUpdateCompletedWorkflow';
  }
  return error instanceof Error && error.cause !== undefined && isPassing(error.cause);
};

/** Sends to a workflow that may have ended. */
export async function reached(call: () => Promise<unknown>): Promise<'sent' | 'closed'> {
  try {
    await call();
    return 'sent';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'closed';
    throw error;
  }
}
