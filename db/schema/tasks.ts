// Tasks, the batches they entered in, their cycles and streams.
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Rerun } from '../../core/resume.js';
import type { ReviewCounter } from '../../core/state.js';
import { taskStatuses } from '../../core/state.js';
import { clockMs, createdAt, instant } from './columns.js';
import { pipelines, pipelineVersions } from './pipelines.js';
import { projects } from './projects.js';

/** The tasks that entered together. */
export const batches = pgTable(
  'batches',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    pipelineId: text('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: ['import', 'api', 'seeder', 'trigger'] }).notNull(),
    /** Given by who opened it: tasks are added by it until the batch is closed. */
    name: text('name'),
    status: text('status', { enum: ['open', 'closed'] }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('batches_pipeline').on(table.pipelineId, table.id),
    index('batches_project').on(table.projectId, table.createdAt, table.id),
    uniqueIndex('batches_open_name')
      .on(table.pipelineId, table.name)
      .where(sql`status = 'open' and name is not null`),
  ],
);

export const tasks = pgTable(
  'tasks',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    pipelineId: text('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    batchId: text('batch_id').references(() => batches.id, { onDelete: 'set null' }),
    /** The row of the import that it came from. */
    batchRow: integer('batch_row'),
    externalId: text('external_id'),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    dataHash: text('data_hash').notNull(),
    dataTitle: text('data_title').notNull(),
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
    gold: jsonb('gold').$type<unknown>(),
    overlap: integer('overlap'),
    priority: doublePrecision('priority').notNull().default(0.5),
    dueAt: instant('due_at'),
    /** What its pipeline had been paused when the due date was written. */
    pausedMs: clockMs('paused_ms').notNull().default(0),
    /** Its own pauses that have ended, and when the present one began on the pipeline's clock. */
    ownPausedMs: clockMs('own_paused_ms').notNull().default(0),
    heldAtMs: clockMs('held_at_ms'),
    tags: text('tags')
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    status: text('status', { enum: taskStatuses }).notNull().default('pending'),
    outcome: text('outcome'),
    failure: text('failure'),
    nodes: text('nodes')
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    cycleId: text('cycle_id').notNull(),
    version: integer('version').notNull().default(0),
    createdAt: createdAt(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    uniqueIndex('tasks_batch_row').on(table.batchId, table.batchRow),
    index('tasks_pipeline').on(table.pipelineId, table.id),
    index('tasks_status').on(table.pipelineId, table.status, table.id),
    index('tasks_external').on(table.pipelineId, table.externalId),
    index('tasks_hash').on(table.pipelineId, table.dataHash),
    index('tasks_untaken')
      .on(table.batchId, table.id)
      .where(sql`status = 'pending'`),
  ],
);

export const cycles = pgTable(
  'cycles',
  {
    id: text('id').primaryKey(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    versionId: text('version_id')
      .notNull()
      .references(() => pipelineVersions.id),
    /** How it came about, and what it began with; null for a task's first. */
    rerun: jsonb('rerun').$type<Rerun>(),
    /** The command that asked for it, so that a retry finds it. */
    commandId: text('command_id'),
    /** Where it begins instead of at the start node. */
    startNode: text('start_node'),
    /** Set where a checkpoint started it: the node at which it begins. */
    checkpoint: text('checkpoint'),
    createdAt: createdAt(),
    endedAt: instant('ended_at'),
    /** None of its streams has recorded yet; its first record says so no more. */
    unrecorded: boolean('unrecorded').default(true),
  },
  (table) => [
    index('cycles_task').on(table.taskId),
    index('cycles_version')
      .on(table.versionId, table.id)
      .where(sql`ended_at is null`),
    /** For the release before. */
    index('cycles_open')
      .on(table.createdAt)
      .where(sql`ended_at is null`),
    index('cycles_unrecorded')
      .on(table.id)
      .where(sql`unrecorded and ended_at is null`),
  ],
);

/** One row per workflow that records: a cycle or a rework child. The fence that late records are held against. */
export const streams = pgTable(
  'streams',
  {
    /** The workflow id. */
    id: text('id').primaryKey(),
    cycleId: text('cycle_id')
      .notNull()
      .references(() => cycles.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: ['cycle', 'rework', 'command'] }).notNull(),
    runId: text('run_id').notNull(),
    sequence: integer('sequence').notNull(),
    /** Workflow time of the last record, milliseconds. */
    decidedAt: bigint('decided_at', { mode: 'number' }).notNull(),
    status: text('status', { enum: ['open', 'finished', 'failed'] }).notNull(),
    outcome: text('outcome'),
    started: boolean('started').notNull(),
    nodes: text('nodes').array().notNull(),
    /** Of its reviews, for a cycle that goes on from here. */
    counters: jsonb('counters').$type<Record<string, ReviewCounter>>(),
    recordedAt: instant('recorded_at').notNull(),
    /** The pipeline by whose pause, or a node's, it was stopped: it is woken when that ends. */
    parkedIn: text('parked_in'),
    ownPausedMs: clockMs('own_paused_ms').notNull().default(0),
    heldAtMs: clockMs('held_at_ms'),
  },
  (table) => [
    index('streams_cycle').on(table.cycleId),
    index('streams_recorded').on(table.recordedAt),
    index('streams_parked')
      .on(table.parkedIn, table.id)
      .where(sql`parked_in is not null`),
  ],
);

/** A change to a task that was let in at a version of it, and may be under way: another one that saw the same version is not. */
export const taskChanges = pgTable('task_changes', {
  taskId: text('task_id')
    .primaryKey()
    .references(() => tasks.id, { onDelete: 'cascade' }),
  version: integer('version').notNull(),
  commandId: text('command_id').notNull(),
  /** By then it has had its effect, or has none. */
  until: instant('until').notNull(),
});
