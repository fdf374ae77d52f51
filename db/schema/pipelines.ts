// Pipelines and their immutable versions.
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Pauses } from '../../core/clock.js';
import type { LiveSettings } from '../../core/live-settings.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import type { Plan, RetiredNode } from '../../core/plan-node.js';
import { clockMs, createdAt, instant } from './columns.js';
import { projects } from './projects.js';

export const pipelines = pgTable(
  'pipelines',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** The version that new cycles start with. */
    version: integer('version').notNull(),
    /** Nodes of earlier versions that the present one has no more, or as another kind: cycles may still be at them. */
    retired: jsonb('retired').$type<RetiredNode[]>().notNull().default([]),
    /** One higher with each change of a live setting; 0 where none was ever changed. */
    settingsNumber: integer('settings_number').notNull().default(0),
    pausedAt: instant('paused_at'),
    /** Of all pauses that have ended. */
    pausedTotalMs: clockMs('paused_total_ms').notNull().default(0),
    pauseMode: text('pause_mode', { enum: ['drain', 'hard'] }),
    /** While paused, what starts tasks by itself goes on. */
    keepTriggers: boolean('keep_triggers').notNull().default(false),
    /** How often it, or a node of it, was paused or resumed. */
    pauseTurns: integer('pause_turns').notNull().default(0),
    /** By node key; times are those of the pipeline's running clock. */
    nodePauses: jsonb('node_pauses').$type<Record<string, Pauses>>().notNull().default({}),
    /** Of the last resume: the parked streams that there were, and how many have been woken. */
    toWake: integer('to_wake'),
    woken: integer('woken'),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex('pipelines_name').on(table.projectId, table.name)],
);

export const pipelineVersions = pgTable(
  'pipeline_versions',
  {
    id: text('id').primaryKey(),
    pipelineId: text('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    definition: jsonb('definition').$type<PipelineDefinition>().notNull(),
    plan: jsonb('plan').$type<Plan>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('pipeline_versions_number').on(table.pipelineId, table.version),
    index('pipeline_versions_pipeline').on(table.pipelineId),
  ],
);

/** Settings of nodes that were changed while cycles run; they lie over those of every version. */
export const nodeSettings = pgTable(
  'node_settings',
  {
    pipelineId: text('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    node: text('node').notNull(),
    version: integer('version').notNull(),
    settings: jsonb('settings').$type<LiveSettings>().notNull(),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.pipelineId, table.node] })],
);

/** Who changed which settings, and what they were before. */
export const nodeSettingChanges = pgTable(
  'node_setting_changes',
  {
    pipelineId: text('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    node: text('node').notNull(),
    version: integer('version').notNull(),
    before: jsonb('before').$type<LiveSettings>().notNull(),
    after: jsonb('after').$type<LiveSettings>().notNull(),
    changedBy: text('changed_by').notNull(),
    /** Of its pipeline's settings from then on. */
    number: integer('number').notNull().default(0),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.pipelineId, table.node, table.version] })],
);
