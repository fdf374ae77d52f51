// Asks for a task to be run again.
import type { RerunInput } from '../core/rerun.js';
import type { Answer } from './idempotency.js';
import { refusalOf } from './problem.js';
import type { Services } from './services.js';

export async function askRerun({ client }: Services, input: RerunInput): Promise<Answer> {
  const outcome = await client.rerun(input);
  if (outcome.kind === 'rejected') throw refusalOf(outcome.rejection);
  if (outcome.kind !== 'answered') return { status: 202, body: { code: 'PENDING' } };
  const { taskId, cycleId } = outcome.answer;
  return { status: 200, body: { taskId, cycleId } };
}
