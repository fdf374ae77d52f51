// Asks a workflow how it stands, within bounds: one that can't answer must not keep others waiting.
import type { Client } from '@temporalio/client';
import { isGrpcServiceError, QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';

export type Asked<T> =
  | { kind: 'answered'; answer: T }
  /** There is no such workflow, none that knows the question, or it has ended. */
  | { kind: 'gone' | 'other' | 'closed' }
  /** It is there and can't answer now: its workflow task fails, or takes too long. */
  | { kind: 'silent' };

const withinMs = 5_000;
const lookEveryMs = 50;
/** gRPC codes of a question that met the server, and no answer. */
const unanswered = new Set([3, 4, 9]); // invalid (it failed over it), deadline, its workflow task fails

/** How long a workflow task is waited for; one that is tried again mostly fails, or is done by the next worker within this time. */
const patienceMs = { busy: withinMs, retried: 1_000 };

type Standing = 'quiet' | 'busy' | 'retried' | 'closed' | 'gone';

async function standingOf(temporal: Client, workflowId: string): Promise<Standing> {
  try {
    const { status, raw } = await temporal.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return 'closed';
    const pending = raw.pendingWorkflowTask;
    if (!pending) return 'quiet';
    return (pending.attempt ?? 1) > 1 ? 'retried' : 'busy';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'gone';
    throw error;
  }
}

export async function isRunning(temporal: Client, workflowId: string): Promise<boolean> {
  const standing = await standingOf(temporal, workflowId);
  return standing !== 'closed' && standing !== 'gone';
}

/**
 * A question that meets a workflow task is answered along with it, and the task may then be completed half way: with the record's marker
 * and without the answer to the command. A worker lost at that moment leaves a history that the SDK can't go on from (ADR 27).
 */
export async function whenQuiet(temporal: Client, workflowId: string): Promise<'quiet' | 'silent' | 'closed' | 'gone'> {
  const begun = Date.now();
  for (;;) {
    const standing = await standingOf(temporal, workflowId);
    if (standing !== 'busy' && standing !== 'retried') return standing;
    if (Date.now() - begun >= patienceMs[standing]) return 'silent';
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

export async function ask<T>(temporal: Client, workflowId: string, query: QueryDefinition<T>): Promise<Asked<T>> {
  const standing = await whenQuiet(temporal, workflowId);
  return standing === 'quiet' ? askAnyway(temporal, workflowId, query) : { kind: standing };
}

/** Without a look first: for a workflow that has ended, which has no workflow task to meet. */
export async function askAnyway<T>(temporal: Client, workflowId: string, query: QueryDefinition<T>): Promise<Asked<T>> {
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
