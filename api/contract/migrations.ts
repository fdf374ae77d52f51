import { z } from 'zod';
import { pageQuery } from './pagination.js';

const version = z.number().int().min(1);

export const startMigration = z.strictObject({
  /** Left out: the present version. */
  toVersion: version.optional(),
  /** Left out: every other version. */
  fromVersion: version.optional(),
  /** Only says what would become of each. */
  dryRun: z.boolean().default(false),
});

export const listMigrated = pageQuery.extend({ outcome: z.enum(['moved', 'movable', 'stays', 'ended']).optional() });
