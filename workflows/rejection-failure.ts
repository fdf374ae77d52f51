// The one place where a rejection becomes an exception: anything else that a handler threw would block its workflow.
import { ApplicationFailure } from '@temporalio/workflow';
import type { Decision, Rejection } from '../core/decision.js';
import { rejections } from '../core/rejections.js';

function rejectionFailure(rejection: Rejection): ApplicationFailure {
  const [, message] = rejections[rejection.code];
  const failure = ApplicationFailure.create({
    message,
    type: rejection.code,
    nonRetryable: true,
    details: [{ detail: rejection.detail ?? null }],
  });
  // No defect: where in the code it was decided is nobody's to know, and to find out would cost each refusal.
  return Object.assign(failure, { stack: '' });
}

export function orThrow<T>(decision: Decision<T>): T {
  if (!decision.ok) throw rejectionFailure(decision.rejection);
  return decision.value;
}
