// Sends one update until its definite answer, within bounds: what is passing is tried again with the same id.
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { Rejection } from '../core/decision.js';
import { answerWithinMs } from '../core/limits.js';
import type { CommandAnswer } from '../core/state.js';
import { isPassing, rejectionOf } from './errors.js';

export type CommandOutcome<T = CommandAnswer> =
  | { kind: 'answered'; answer: T }
  | { kind: 'rejected'; rejection: Rejection }
  /** Accepted or on its way; asking again with the same id gets the definite answer. */
  | { kind: 'pending' }
  /** There is no open workflow of that id. */
  | { kind: 'closed' }
  | { kind: 'busy' };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const jitter = (): number => 20 + Math.random() * 60;

export async function sendUpdate<T>(
  temporal: Client,
  workflowId: string,
  update: UpdateDefinition<T, [body: unknown]>,
  body: object,
  updateId: string,
): Promise<CommandOutcome<T>> {
  const deadline = Date.now() + answerWithinMs;
  const handle = temporal.workflow.getHandle(workflowId);
  for (;;) {
    try {
      const answer = await temporal.withDeadline(deadline, () =>
        handle.executeUpdate(update, { args: [{ ...body, id: updateId }], updateId }),
      );
      return { kind: 'answered', answer };
    } catch (error) {
      const rejection = rejectionOf(error);
      if (rejection) return { kind: 'rejected', rejection };
      if (error instanceof WorkflowNotFoundError) return { kind: 'closed' };
      if (!isPassing(error)) throw error;
      const wait = jitter();
      if (Date.now() + wait >= deadline) return { kind: 'pending' };
      await pause(wait);
    }
  }
}
