// Pipelines and their immutable versions.
import { index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { PipelineDefinition } from '../../core/pipeline.js';
import type { Plan } from '../../core/plan-node.js';
import { createdAt } from './columns.js';
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
