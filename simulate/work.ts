// A piece of work as claim-next hands it out, and what a synthetic person does with it.
import { z } from 'zod';

export const workShape = z.object({
  nodeInstanceId: z.string(),
  taskId: z.string(),
  node: z.string(),
  kind: z.string(),
  visit: z.number(),
  leaseUntil: z.string().nullable().optional(),
  actions: z.array(z.string()).default([]),
  form: z.record(z.string(), z.unknown()).default({}),
  reviewed: z.object({ values: z.unknown(), answers: z.record(z.string(), z.string()).optional() }).optional(),
  rejected: z.object({ values: z.record(z.string(), z.unknown()).nullable() }).optional(),
  review: z.object({ fields: z.array(z.string()).nullish() }).optional(),
  draft: z.record(z.string(), z.unknown()).nullish(),
  suggestion: z.object({ values: z.record(z.string(), z.unknown()).nullable() }).nullish(),
  options: z.array(z.object({ submissionId: z.string(), votes: z.number() })).default([]),
});

export type Work = z.infer<typeof workShape>;

export interface Command {
  /** Of the node instance. */
  path: string;
  json: object;
  /** Sent where the first was refused with that code. */
  instead?: { code: string; json: object };
}
