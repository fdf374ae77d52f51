// Asks a workflow how it stands, within bounds: one that can't answer must not keep others waiting.
import type { Client } from '@temporalio/client';
import { isGrpcServiceError, QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';

export type Asked<T> =
  | { kind: 'answered'; answer: T }
  /** There is no such workflow, or none that knows the question. */
  | { kind: 'gone' | 'other' }
  /** It is there and can't answer now: its workflow task fails, or takes too long. */
  | { kind: 'silent' };

const withinMs = 5_000;
/** gRPC codes of a question that met the server, and no answer. */
const unanswered = new Set([3, 4, 9]); // invalid (it failed over it), deadline, its workflow task fails

export async function ask<T>(temporal: Client, workflowId: string, query: QueryDefinition<T>): Promise<Asked<T>> {
  const handle = temporal.workflow.getHandle(workflowId);
  try {
    return { kind: 'answered', answer: await temporal.withDeadline(Date.now() + withinMs, () => handle.query(query)) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'gone' };
    if (error instanceof QueryNotRegisteredError) {
      return { kind: /did not register a handler/.test(error.message) ? 'other' : 'silent' };
    }
    const cause = error instanceof Error ? error.cause : undefined;
    if (isGrpcServiceError(cause) && unanswered.has(cause.code)) return { kind: 'silent' };
    throw error;
  }
}
