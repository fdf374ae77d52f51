import { z } from 'zod';

export const pausePipeline = z.strictObject({
  /** `drain` (default) takes in what is held, `hard` does not. */
  mode: z.enum(['drain', 'hard']).optional(),
  keepTriggers: z.boolean().optional(),
});

export const nothing = z.strictObject({});
