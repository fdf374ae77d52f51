import { z } from 'zod';
import { taskFilters } from './tasks.js';

export const exportQuery = z.strictObject({
  ...taskFilters,
  pipelineId: z.string().min(1).max(60),
  format: z.enum(['csv', 'jsonl']).default('jsonl'),
  /** Held tasks whose results nobody has accepted. */
  include: z.literal('quarantined').optional(),
  /** Goes on after this task, where an export broke off. */
  after: z.string().max(60).default(''),
});
export type ExportQuery = z.infer<typeof exportQuery>;
