// What people say to each other about submitted work: threads on a submission or on one of its fields.
import { bigserial, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.js';
import { tasks } from './tasks.js';

export const commentThreads = pgTable(
  'comment_threads',
  {
    id: text('id').primaryKey(),
    /** In the order of writing. */
    number: bigserial('number', { mode: 'number' }).notNull(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    projectId: text('project_id').notNull(),
    node: text('node').notNull(),
    submissionId: text('submission_id'),
    /** JSON pointer into the submitted values. */
    field: text('field'),
    status: text('status', { enum: ['open', 'resolved'] })
      .notNull()
      .default('open'),
    resolvedBy: text('resolved_by'),
    resolvedAt: instant('resolved_at'),
    commentCount: integer('comment_count').notNull().default(0),
    createdAt: createdAt(),
  },
  (table) => [index('comment_threads_task').on(table.taskId, table.number)],
);

export const comments = pgTable(
  'comments',
  {
    id: text('id').primaryKey(),
    /** In the order of writing. */
    number: bigserial('number', { mode: 'number' }).notNull(),
    threadId: text('thread_id')
      .notNull()
      .references(() => commentThreads.id, { onDelete: 'cascade' }),
    author: text('author').notNull(),
    text: text('text').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('comments_thread').on(table.threadId, table.number)],
);
