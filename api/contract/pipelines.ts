// The shape of a pipeline definition; core/check-pipeline.ts has the rules beyond it.
import { z } from 'zod';
import type { PipelineDefinition } from '../../core/pipeline.js';
import { cycleOutcomes } from '../../core/pipeline.js';

const key = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'a key is a-z, 0-9, - and _, at most 40 characters, and begins with a letter');
const text = (max: number) => z.string().max(max);
const form = z.record(z.string(), z.unknown());
const settings = z.strictObject({
  lease: text(40).optional(),
  retain: text(40).optional(),
  excludePerformersOf: z.array(key).max(20).optional(),
  priority: z.number().min(0).max(1).optional(),
});
const node = { key, title: text(200).optional(), settings: settings.optional() };
const formNode = {
  ...node,
  form: form.optional(),
  recipe: text(100).optional(),
  instructions: text(20_000).optional(),
  actions: z.array(key).min(1).max(20).optional(),
};

export const pipelineDefinition: z.ZodType<PipelineDefinition> = z.strictObject({
  name: z.string().trim().min(1).max(200),
  description: text(2_000).optional(),
  recipes: z.record(text(100), z.strictObject({ form, instructions: text(20_000).optional() })).optional(),
  nodes: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ ...node, kind: z.literal('start') }),
        z.strictObject({ ...formNode, kind: z.literal('labeling') }),
        z.strictObject({
          ...formNode,
          kind: z.literal('review'),
          reviews: key,
          rejectTo: key.optional(),
          limits: z
            .strictObject({
              maxReviewFailures: z.number().int().min(0).max(1_000).optional(),
              maxReReviews: z.number().int().min(0).max(1_000).optional(),
            })
            .optional(),
        }),
        z.strictObject({
          ...formNode,
          kind: z.literal('consensus'),
          overlap: z.strictObject({ min: z.number().int().min(1).max(100) }),
          policy: z.strictObject({
            kind: z.literal('majority'),
            fields: z.record(text(100), z.literal('exact')),
            threshold: z.number().min(0).max(1).optional(),
          }),
          onDisagreement: z.enum(['escalate', 'tie']).optional(),
        }),
        z.strictObject({ ...node, kind: z.literal('end'), outcome: z.enum(cycleOutcomes).optional() }),
      ]),
    )
    .min(2)
    .max(100),
  edges: z
    .array(z.strictObject({ from: key, on: key.optional(), to: key }))
    .min(1)
    .max(400),
});
