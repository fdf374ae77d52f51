// What was recorded, in order: the timeline people read, and the outbox that live updates and triggers read.
import { sql } from 'drizzle-orm';
import { bigint, bigserial, index, integer, json, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { taskStatuses } from '../../core/state.js';
import { instant } from './columns.js';
import { projects } from './projects.js';
import { tasks } from './tasks.js';

export const timeline = pgTable(
  'timeline',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    streamId: text('stream_id').notNull(),
    sequence: integer('sequence').notNull(),
    /** Place within the record. */
    position: integer('position').notNull(),
    decidedAt: bigint('decided_at', { mode: 'number' }).notNull(),
    at: instant('at').notNull(),
    type: text('type').notNull(),
    instanceId: text('instance_id'),
    actor: text('actor'),
    via: text('via'),
    commandId: text('command_id'),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull(),
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    index('timeline_task').on(table.taskId, table.decidedAt, table.streamId, table.sequence, table.position),
    index('timeline_stream').on(table.streamId, table.sequence),
  ],
);

export const outbox = pgTable(
  'outbox',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    projectId: text('project_id').notNull(),
    pipelineId: text('pipeline_id').notNull(),
    taskId: text('task_id').notNull(),
    streamId: text('stream_id').notNull(),
    sequence: integer('sequence').notNull(),
    decidedAt: bigint('decided_at', { mode: 'number' }).notNull(),
    types: text('types').array().notNull(),
    recordedAt: instant('recorded_at').notNull().defaultNow(),
    /** The transaction that wrote it: readers go by it, as ids are given before commits. Null: of a release before. */
    transaction: bigint('transaction', { mode: 'number' }),
    /** The task's, before and after. */
    was: text('was', { enum: taskStatuses }),
    status: text('status', { enum: taskStatuses }),
    outcome: text('outcome'),
    /** Set where its stream has not confirmed it: it waits for that, and those of other streams go on. Last looked at then. */
    parkedAt: instant('parked_at'),
  },
  (table) => [
    index('outbox_parked')
      .on(table.pipelineId, table.parkedAt)
      .where(sql`parked_at is not null`),
    index('outbox_recorded').on(table.recordedAt),
    index('outbox_pipeline').on(table.pipelineId, table.transaction, table.id),
  ],
);

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    memberId: text('member_id').notNull(),
    requestHash: text('request_hash').notNull(),
    updateId: text('update_id').notNull(),
    /** claim-next: the instances that the first call reserved; a retry goes to the same. */
    targets: text('targets').array(),
    status: integer('status'),
    answer: json('answer').$type<unknown>(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.key] }), index('idempotency_keys_age').on(table.createdAt)],
);
