import { z } from 'zod';
import { triggerEvents } from '../../core/entry.js';
import { cycleOutcomes } from '../../core/pipeline.js';
import { taskStatuses } from '../../core/state.js';

const expression = z.string().min(1).max(2_000);
const duration = z.string().max(40);

const common = {
  /** Where the cycles begin. */
  node: z.string().min(1).max(40),
  once: z.boolean().default(false),
  task: z
    .strictObject({
      data: z.record(z.string().max(100), expression).optional(),
      externalId: expression.optional(),
      priority: z.number().min(0).max(1).optional(),
      tags: z.array(z.string().min(1).max(60)).max(50).optional(),
    })
    .default({}),
};

export const createTrigger = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('cron'),
    cron: z.string().min(1).max(200).optional(),
    every: duration.optional(),
    timezone: z.string().min(1).max(60).optional(),
    catchUp: duration.optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('event'),
    on: z.enum(triggerEvents),
    /** Whose tasks it listens to; default: the pipeline's own. */
    pipelineId: z.string().min(1).max(60).optional(),
    status: z.enum(taskStatuses).optional(),
    outcome: z.enum(cycleOutcomes).optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('webhook'),
    /** What senders sign with; left out: whoever has the token may fire it. */
    secret: z.string().min(16).max(200).optional(),
  }),
]);
export type CreateTrigger = z.infer<typeof createTrigger>;
