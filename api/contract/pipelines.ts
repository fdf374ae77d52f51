// The shape of a pipeline definition; core/check-pipeline.ts has the rules beyond it.
import { z } from 'zod';
import type { PipelineDefinition } from '../../core/pipeline.js';
import { cycleOutcomes, disagreements, policyKinds } from '../../core/pipeline.js';

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

const limits = z.strictObject({
  maxReviewFailures: z.number().int().min(0).max(1_000).optional(),
  maxReReviews: z.number().int().min(0).max(1_000).optional(),
});
const votes = z.number().int().min(1).max(100);
const weight = z.number().min(0).max(1_000_000);
const comparator = z.union([
  z.enum(['exact', 'caseFold', 'set']),
  z.strictObject({ tolerance: z.number().min(0) }),
  z.strictObject({ iou: z.number().gt(0).max(1) }),
]);

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
          limits: limits.optional(),
        }),
        z.strictObject({
          ...formNode,
          kind: z.literal('consensus'),
          overlap: z.strictObject({ min: votes, max: votes.optional(), stopEarly: z.boolean().optional() }),
          policy: z.strictObject({
            kind: z.enum(policyKinds),
            fields: z.record(text(100), comparator),
            threshold: z.number().min(0).max(1).optional(),
            weights: z.record(text(200), weight).optional(),
            defaultWeight: weight.optional(),
          }),
          onDisagreement: z.enum(disagreements).optional(),
          onEarlyStop: z.enum(['accept', 'cancel']).optional(),
        }),
        z.strictObject({
          ...node,
          kind: z.literal('consensus_review'),
          reviews: key,
          only: z.literal('disagreement').optional(),
          limits: limits.optional(),
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
