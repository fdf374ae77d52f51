// The node instance that a request names.
import type { FoundInstance } from '../db/queries/node-instances.js';
import { findInstance } from '../db/queries/node-instances.js';
import type { Caller } from './middleware/authenticate.js';
import { Refusal } from './problem.js';
import type { Services } from './services.js';

/** Of the caller's own project; another's is not found. */
export async function instanceFor({ pool }: Services, caller: Caller, id: string): Promise<FoundInstance> {
  const instance = await findInstance(pool, id);
  if (instance?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
  return instance;
}
