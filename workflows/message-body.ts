// What all messages that carry a command have in common.
import { currentUpdateInfo, uuid4 } from '@temporalio/workflow';

/** A command that names no id has that of its update, or one of its own. */
export function withId(body: unknown): unknown {
  const hasFields = typeof body === 'object' && body !== null;
  return hasFields ? { id: currentUpdateInfo()?.id ?? uuid4(), ...body } : body;
}
