import { z } from 'zod';
import { pageQuery } from './pagination.js';
import { createTask } from './tasks.js';

const keep = z.number().int().min(1).max(10_000);
const pipelineId = z.string().min(1).max(60);

export const createSeeder = z.strictObject({
  pipelineId,
  keep,
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('list'), items: z.array(createTask).min(1).max(10_000) }),
    z.strictObject({ kind: z.literal('url'), url: z.url({ protocol: /^https?$/ }).max(2_000) }),
    z.strictObject({ kind: z.literal('generator'), name: z.string().min(1).max(100), input: z.json().optional() }),
  ]),
});

/** Of a list that comes as JSON Lines. */
export const createListSeeder = z.strictObject({ pipelineId, keep: z.coerce.number().pipe(keep) });

export const listSeeders = pageQuery.extend({ pipelineId: pipelineId.optional() });
