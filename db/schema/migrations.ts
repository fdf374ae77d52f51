// Migrations of open cycles to another version of their pipeline, and what came of each cycle.
import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.js';
import { pipelines } from './pipelines.js';

export const pipelineMigrations = pgTable(
  'pipeline_migrations',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id').notNull(),
    pipelineId: text('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    /** Null: from every other version. */
    fromVersion: integer('from_version'),
    toVersion: integer('to_version').notNull(),
    dryRun: boolean('dry_run').notNull(),
    status: text('status', { enum: ['running', 'finished'] }).notNull(),
    startedBy: text('started_by').notNull(),
    createdAt: createdAt(),
    endedAt: instant('ended_at'),
  },
  (table) => [index('pipeline_migrations_pipeline').on(table.pipelineId, table.id)],
);

export const migratedCycles = pgTable(
  'migrated_cycles',
  {
    migrationId: text('migration_id')
      .notNull()
      .references(() => pipelineMigrations.id, { onDelete: 'cascade' }),
    cycleId: text('cycle_id').notNull(),
    taskId: text('task_id').notNull(),
    outcome: text('outcome', { enum: ['moved', 'movable', 'stays', 'ended'] }).notNull(),
    reason: text('reason'),
    node: text('node'),
  },
  (table) => [
    primaryKey({ columns: [table.migrationId, table.cycleId] }),
    index('migrated_cycles_outcome').on(table.migrationId, table.outcome, table.cycleId),
  ],
);
