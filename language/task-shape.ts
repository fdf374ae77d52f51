// What a task looks like when somebody, or a program, describes one: the same in every way in.
import { z } from 'zod';

const json = z.record(z.string().max(200), z.unknown());

export const taskShape = z.strictObject({
  data: json,
  externalId: z.string().min(1).max(200).optional(),
  dataTitle: z.string().min(1).max(300).optional(),
  /** Of the item, where the caller has one; default: of the data's canonical JSON. */
  dataHash: z.string().min(1).max(128).optional(),
  metadata: json.optional(),
  gold: z.unknown().optional(),
  priority: z.number().min(0).max(1).optional(),
  dueAt: z.iso.datetime({ offset: true }).optional(),
  tags: z.array(z.string().min(1).max(60)).max(50).optional(),
  /** How many votes a consensus node takes on this task, instead of the node's own number. */
  overlap: z.number().int().min(1).max(100).optional(),
});
