import { z } from 'zod';

export const pausePipeline = z.strictObject({
  /** `drain` (default) takes in what is held, `hard` does not. */
  mode: z.enum(['drain', 'hard']).optional(),
  keepTriggers: z.boolean().optional(),
});

/** Of a task. */
export const turnTask = z.strictObject({ expectedVersion: z.number().int().min(0).optional() });

export const nothing = z.strictObject({});
