// How a cycle reaches its rework children.
import type { ExternalWorkflowHandle } from '@temporalio/workflow';
import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { StreamState } from '../core/state.js';

type Say = (child: ExternalWorkflowHandle) => Promise<void>;

/** False where the child had ended already. */
export async function reachRework(child: string, say: Say): Promise<boolean> {
  try {
    await say(getExternalWorkflowHandle(child));
    return true;
  } catch (error) {
    log.info('rework child had ended already', { child, error: String(error) });
    return false;
  }
}

/** Those that are at work. */
export async function reachReworks({ reworks }: StreamState, say: Say): Promise<void> {
  for (const [child, { exit }] of Object.entries(reworks)) if (!exit) await reachRework(child, say);
}
