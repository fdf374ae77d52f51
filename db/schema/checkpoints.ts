// Where the items of a batch stand towards the checkpoints of its pipeline, and the checkpoints that have fired.
import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { checkpointPers } from '../../core/pipeline.js';
import { instant } from './columns.js';
import { batches, tasks } from './tasks.js';

/** A batch whose task, or one assignee's share of it, was done at a checkpoint: it fires once. */
export const checkpoints = pgTable(
  'checkpoints',
  {
    id: text('id').primaryKey(),
    batchId: text('batch_id')
      .notNull()
      .references(() => batches.id, { onDelete: 'cascade' }),
    /** The checkpoint's key. */
    node: text('node').notNull(),
    /** The node whose work was waited for. */
    ofNode: text('of_node').notNull(),
    per: text('per', { enum: checkpointPers }).notNull(),
    assignee: text('assignee'),
    items: integer('items').notNull(),
    /** Of one of its items; the new cycle's is the same. */
    versionId: text('version_id').notNull(),
    firedAt: instant('fired_at').notNull().defaultNow(),
    /** The workflow that follows is under way. */
    startedAt: instant('started_at'),
    /** The task of the new cycle. */
    contextTaskId: text('context_task_id'),
    /** Everything that it held has been let go. */
    releasedAt: instant('released_at'),
  },
  (table) => [index('checkpoints_batch').on(table.batchId, table.node, table.assignee)],
);

/** One row per task of a batch and checkpoint, from when the task is stored. */
export const checkpointItems = pgTable(
  'checkpoint_items',
  {
    batchId: text('batch_id')
      .notNull()
      .references(() => batches.id, { onDelete: 'cascade' }),
    node: text('node').notNull(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    cycleId: text('cycle_id').notNull(),
    standing: text('standing', { enum: ['coming', 'arrived', 'gone'] }).notNull(),
    /** Per assignment: whose share it is in; null while anybody might still take it. */
    assignee: text('assignee'),
    submissionId: text('submission_id'),
    payloadHash: text('payload_hash'),
    /** The fence: what was decided earlier changes nothing. */
    decidedAt: bigint('decided_at', { mode: 'number' }).notNull(),
    sequence: integer('sequence').notNull(),
    /** The checkpoint that has fired for it. */
    checkpointId: text('checkpoint_id').references(() => checkpoints.id),
  },
  (table) => [
    primaryKey({ columns: [table.batchId, table.node, table.taskId] }),
    index('checkpoint_items_coming')
      .on(table.batchId, table.node, table.assignee)
      .where(sql`standing = 'coming'`),
    index('checkpoint_items_waiting')
      .on(table.batchId, table.node, table.assignee)
      .where(sql`standing = 'arrived' and checkpoint_id is null`),
    index('checkpoint_items_fired')
      .on(table.checkpointId, table.taskId)
      .where(sql`checkpoint_id is not null`),
    index('checkpoint_items_task').on(table.taskId),
  ],
);
