// Pipelines and their immutable versions.
import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Pauses } from '../../core/clock.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import type { Plan } from '../../core/plan-node.js';
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
