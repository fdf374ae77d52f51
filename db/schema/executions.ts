// What programs do. Executions: each attempt of a model, code, a gate or a chain. Written by the run itself, not by a cycle's record.
import { sql } from 'drizzle-orm';
import { doublePrecision, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { ExecutionResult } from '../../core/programs.js';
import { createdAt, instant } from './columns.js';
import { projects } from './projects.js';
import { tasks } from './tasks.js';

export const executionStatuses = ['running', 'succeeded', 'failed'] as const;

export const executions = pgTable(
  'executions',
  {
    id: text('id').notNull(),
    attempt: integer('attempt').notNull(),
    projectId: text('project_id').notNull(),
    pipelineId: text('pipeline_id').notNull(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    instanceId: text('instance_id').notNull(),
    node: text('node').notNull(),
    kind: text('kind', { enum: ['llm', 'code', 'gate', 'chain'] }).notNull(),
    actor: text('actor').notNull(),
    status: text('status', { enum: executionStatuses }).notNull(),
    result: jsonb('result').$type<ExecutionResult>(),
    /** Why it failed. */
    code: text('code'),
    detail: text('detail'),
    inputTokens: integer('input_tokens'),
    outputTokens: integer('output_tokens'),
    /** USD. */
    cost: doublePrecision('cost'),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.attempt] }),
    index('executions_task').on(table.taskId, table.startedAt),
    index('executions_payload')
      .on(table.projectId, sql`(result -> 'submission' ->> 'hash')`)
      .where(sql`result ? 'submission'`),
    index('executions_of_node').on(table.pipelineId, table.node, table.status, table.id, table.attempt),
  ],
);

/** Tokens by which external programs answer for a holder. */
export const callbacks = pgTable(
  'callbacks',
  {
    /** SHA-256 of the token, hex. */
    hash: text('hash').primaryKey(),
    instanceId: text('instance_id').notNull(),
    memberId: text('member_id').notNull(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
  },
  (table) => [index('callbacks_instance').on(table.instanceId), index('callbacks_age').on(table.createdAt)],
);
