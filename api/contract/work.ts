import { z } from 'zod';
import { resolveHows } from '../../core/events.js';
import type { CommandType } from '../../core/commands.js';
import { pageQuery } from './pagination.js';

const id = z.string().min(1).max(255);
const comment = z.string().max(2_000);
/** What a worker fills in; checked against the node's form. */
const values = z.unknown();

/** Every action may say which version it saw, and for whom it acts. */
const base = { expectedVersion: z.number().int().min(0).optional(), onBehalfOf: z.string().max(200).optional() };

const pointer = z.string().max(300).regex(/^\//, 'a field is named by its JSON pointer, such as /label');
const fieldVerdicts = z
  .array(z.strictObject({ field: pointer, verdict: z.enum(['pass', 'fail']), comment: comment.optional() }))
  .max(100)
  .optional();
/** By JSON pointer: why a field that a review failed stays as it is. */
const answers = z
  .record(pointer, z.string().trim().min(1).max(1_000))
  .refine((fields) => Object.keys(fields).length <= 100, 'at most 100 answers')
  .optional();

export const claimNext = z.strictObject({
  /** Node keys; left out: every node that the caller may work at. */
  nodes: z.array(z.string().max(40)).max(50).optional(),
  /** Task ids; left out: any task. */
  tasks: z.array(id).max(200).optional(),
  count: z.number().int().min(1).max(20).default(1),
});
export type ClaimNext = z.infer<typeof claimNext>;

export const actionBodies = {
  claim: z.strictObject(base),
  release: z.strictObject({ ...base, values: values.optional() }),
  heartbeat: z.strictObject({ ...base, values: values.optional() }),
  submit: z.strictObject({ ...base, action: z.string().max(60).optional(), values: values.optional(), answers }),
  approve: z.strictObject({
    ...base,
    comment: comment.optional(),
    fieldVerdicts,
    pick: z.string().min(1).max(128).optional(),
    values: values.optional(),
  }),
  reject: z.strictObject({
    ...base,
    comment: comment.optional(),
    issueTags: z.array(z.string().min(1).max(100)).max(20).optional(),
    fields: z.array(z.string().min(1).max(300)).max(100).optional(),
    fieldVerdicts,
  }),
  vote: z.strictObject({ ...base, action: z.string().max(60).optional(), values }),
  skip: z.strictObject({ ...base, reason: comment.min(1) }),
  escalate: z.strictObject({ ...base, reason: comment.min(1) }),
  deescalate: z.strictObject(base),
  resolve: z.strictObject({
    ...base,
    how: z.enum(resolveHows),
    to: z.string().max(200).optional(),
    comment: comment.optional(),
    values: values.optional(),
  }),
  recall: z.strictObject(base),
  reopen: z.strictObject({ ...base, action: z.string().max(60).optional(), values: values.optional() }),
  revise: z.strictObject({ ...base, values, rerun: z.boolean().optional() }),
} as const satisfies Record<CommandType, z.ZodType>;

export const myWork = pageQuery.extend({ state: z.enum(['claimed', 'reserved', 'submitted']).default('claimed') });
