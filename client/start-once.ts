// Starts that may be asked for twice.
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';

/** What was started before is left as it is. */
export async function startOnce(start: () => Promise<unknown>): Promise<'started' | 'running'> {
  try {
    await start();
    return 'started';
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return 'running';
  }
}
