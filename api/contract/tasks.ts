import { z } from 'zod';
import { taskStatuses } from '../../core/state.js';
import { taskShape } from '../../language/task-shape.js';
import { pageQuery } from './pagination.js';

export const createTask = taskShape;
export type CreateTask = z.infer<typeof createTask>;

const expectedVersion = z.number().int().min(0).optional();

export const editPriority = z.strictObject({ priority: z.number().min(0).max(1), expectedVersion });
export const editTags = z.strictObject({ tags: z.array(z.string().min(1).max(60)).max(50), expectedVersion });

/** Of an open batch of the pipeline, which is opened where there is none; left out: the tasks are a batch of their own. */
const batch = z.string().trim().min(1).max(200).optional();

/** One task, or up to 500 at once. */
export const createTasks = z.union([
  z.strictObject({ tasks: z.array(createTask).min(1).max(500), batch }),
  createTask.extend({ batch }),
]);

export const listBatches = pageQuery.extend({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  pipeline: z.string().max(60).optional(),
  node: z.string().max(40).optional(),
});

/** Which tasks of a pipeline. */
export const taskFilters = {
  status: z.enum(taskStatuses).optional(),
  outcome: z.string().max(20).optional(),
  node: z.string().max(40).optional(),
  assignee: z.string().max(200).optional(),
  tag: z.string().max(60).optional(),
  batch: z.string().max(60).optional(),
  externalId: z.string().max(200).optional(),
  dataHash: z.string().max(128).optional(),
  dataTitle: z.string().max(300).optional(),
};

export const listTasks = pageQuery.extend(taskFilters);

export const importQuery = z.strictObject({
  strict: z.enum(['true', 'false']).default('false'),
  /** `export`: a file of GET /v1/exports, which has more columns than tasks are made of. */
  from: z.literal('export').optional(),
});
