// The shape of a pipeline definition; core/check-pipeline.ts has the rules beyond it.
import { z } from 'zod';
import type { PipelineDefinition } from '../../core/pipeline.js';
import {
  checkpointPers,
  cycleOutcomes,
  disagreements,
  onDuplicates,
  onSkips,
  outputTypes,
  policyKinds,
  qualities,
} from '../../core/pipeline.js';

const key = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'a key is a-z, 0-9, - and _, at most 40 characters, and begins with a letter');
const text = (max: number) => z.string().max(max);
const form = z.record(z.string(), z.unknown());
const duration = text(40);
const retry = {
  attempts: z.number().int().min(1).max(20).optional(),
  initial: duration.optional(),
  max: duration.optional(),
};
const limits = { timeout: duration.optional(), retry: z.strictObject(retry).optional() };
const share = z.number().min(0).max(1);
const price = z.number().min(0).max(1_000_000);
const budget = { tokens: z.number().int().min(1).optional(), cost: price.optional() };
const model = {
  ...limits,
  model: z.string().min(1).max(100),
  provider: key.optional(),
  system: text(20_000).optional(),
  prompt: z.string().min(1).max(20_000),
  temperature: z.number().min(0).max(2).optional(),
  maxTokens: z.number().int().min(1).max(1_000_000).optional(),
  price: z.strictObject({ input: price, output: price }).optional(),
  budget: z.strictObject(budget).optional(),
  minConfidence: share.optional(),
};
const expression = z.string().min(1).max(2_000);
const live = {
  lease: text(40).optional(),
  due: text(40).optional(),
  retain: text(40).optional(),
  excludePerformersOf: z.array(key).max(20).optional(),
  priority: z.number().min(0).max(1).optional(),
  onSkip: z.enum(onSkips).optional(),
  handOnDrafts: z.boolean().optional(),
  rerunOnStatusChange: z.boolean().optional(),
};
const settings = z.strictObject({
  ...live,
  model: z.strictObject({ ...model, as: z.enum(['worker', 'suggest']) }).optional(),
});
const reviewLimits = {
  maxReviewFailures: z.number().int().min(0).max(1_000).optional(),
  maxReReviews: z.number().int().min(0).max(1_000).optional(),
};
const ofReview = { sample: share.optional(), commentOnFail: z.boolean().optional(), strict: z.boolean().optional() };
const instructions = text(20_000).optional();
const onFailure = z.enum(['people', 'fail']).optional();
const name = text(100).min(1);
const input = z.strictObject({
  name,
  from: z.union([
    z.strictObject({ node: key, field: text(300).min(1).optional() }),
    z.strictObject({ variable: name }),
  ]),
  default: z.unknown().optional(),
});
const output = z.strictObject({ name, type: z.enum(outputTypes), description: text(2_000).optional() });
const shows = z.strictObject({
  data: z.array(text(200).min(1)).max(200).optional(),
  results: z.array(key).max(50).optional(),
  authors: z.boolean().optional(),
  gold: z.boolean().optional(),
});
const node = {
  key,
  title: text(200).optional(),
  settings: settings.optional(),
  inputs: z.array(input).max(50).optional(),
  outputs: z.array(output).max(50).optional(),
  owner: text(200).min(1).optional(),
  quality: z.enum(qualities).optional(),
  shows: shows.optional(),
};
const formNode = {
  ...node,
  form: form.optional(),
  recipe: text(100).optional(),
  instructions,
  actions: z.array(key).min(1).max(20).optional(),
};
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
  onDuplicate: z.enum(onDuplicates).optional(),
  duplicateBy: z.enum(['externalId', 'dataHash']).optional(),
  variables: z
    .record(name, z.json())
    .refine((values) => Object.keys(values).length <= 200, 'at most 200 variables')
    .optional(),
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
          limits: z.strictObject(reviewLimits).optional(),
          ...ofReview,
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
          recipe: text(100).optional(),
          instructions,
          limits: z.strictObject(reviewLimits).optional(),
        }),
        z.strictObject({
          ...formNode,
          kind: z.literal('llm'),
          model: z.strictObject(model),
          onFailure,
        }),
        z.strictObject({
          ...formNode,
          kind: z.literal('external'),
          pathways: z.array(key).min(1).max(20).optional(),
          timeout: duration.optional(),
        }),
        z.strictObject({
          ...formNode,
          ...limits,
          kind: z.literal('code'),
          url: z
            .url({ protocol: /^https?$/ })
            .max(2_000)
            .optional(),
          function: key.optional(),
          pathways: z.array(key).min(1).max(20).optional(),
        }),
        z.strictObject({
          ...node,
          kind: z.literal('gate'),
          branches: z
            .array(
              z.strictObject({
                outcome: key,
                when: expression.optional(),
                share: share.optional(),
                performedBy: z.strictObject({ node: key, members: z.array(text(200)).min(1).max(500) }).optional(),
              }),
            )
            .min(1)
            .max(20),
          otherwise: key,
        }),
        z.strictObject({
          ...node,
          ...limits,
          kind: z.literal('chain'),
          pipeline: z.string().min(1).max(200),
          data: z.record(text(100), expression).optional(),
        }),
        z.strictObject({ ...node, kind: z.literal('checkpoint'), of: key.optional(), per: z.enum(checkpointPers) }),
        z.strictObject({ ...node, kind: z.literal('end'), outcome: z.enum(cycleOutcomes).optional() }),
      ]),
    )
    .min(2)
    .max(100),
  edges: z
    .array(z.strictObject({ from: key, on: key.optional(), output: name.optional(), to: key }))
    .min(1)
    .max(400),
});

/** The shapes of what changes while tasks run; the contract of live settings makes patches of them. */
export const settingShapes = { live, model, retry, budget, reviewLimits, ofReview, instructions, onFailure, duration };
