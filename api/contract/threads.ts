import { z } from 'zod';
import { pageQuery } from './pagination.js';

const text = z.string().trim().min(1).max(5_000);

export const createThread = z.strictObject({
  node: z.string().min(1).max(40),
  /** Left out: the work at the node, whoever hands it in. */
  submissionId: z.string().min(1).max(100).optional(),
  field: z.string().max(300).regex(/^\//, 'a field is named by its JSON pointer, such as /label').optional(),
  text,
});

export const createComment = z.strictObject({ text });

/** Resolving and reopening need no more than the thread. */
export const changeThread = z.strictObject({});

export const listThreads = pageQuery.extend({
  node: z.string().max(40).optional(),
  status: z.enum(['open', 'resolved']).optional(),
});
