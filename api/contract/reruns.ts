// How tasks are run again.
import { z } from 'zod';
import { rerunModes } from '../../core/resume.js';

const how = { mode: z.enum(rerunModes), replace: z.boolean().optional() };

export const rerunTask = z
  .strictObject({
    ...how,
    node: z.string().min(1).max(40).optional(),
    /** The task's. */
    expectedVersion: z.number().int().min(0).optional(),
  })
  .refine(({ mode, node }) => mode === 'resume' || node === undefined, {
    path: ['node'],
    message: 'a restart begins at the start',
  });

export const rerunExecutions = z.strictObject({
  ...how,
  /** Ids of executions. */
  executions: z.array(z.string().min(1).max(300)).min(1).max(100),
});
