// The pipeline that a request names.
import type { Request } from 'express';
import type { Pipeline } from '../db/queries/pipelines.js';
import { findPipeline } from '../db/queries/pipelines.js';
import type { Caller } from './middleware/authenticate.js';
import { callerOf } from './middleware/authenticate.js';
import { Refusal } from './problem.js';
import type { Services } from './services.js';

/** Of the caller's own project; another's is not found. */
export async function pipelineOf(
  services: Services,
  req: Request,
  id: string,
): Promise<{ pipeline: Pipeline; caller: Caller }> {
  const { projectId } = callerOf(req);
  const pipeline = await findPipeline(services.pool, id);
  if (pipeline?.projectId !== projectId) throw new Refusal('NOT_FOUND');
  return { pipeline, caller: callerOf(req) };
}
