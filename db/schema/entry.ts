// How work gets into pipelines by itself: seeders with what they have fetched, triggers, and how far the outbox was read for them.
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { SeederSource, TriggerSettings, TriggerTask } from '../../core/entry.js';
import { seederStates, triggerKinds, triggerStates } from '../../core/entry.js';
import { createdAt, instant } from './columns.js';
import { pipelines } from './pipelines.js';
import { projects } from './projects.js';

const projectId = () =>
  text('project_id')
    .notNull()
    .references(() => projects.id, { onDelete: 'cascade' });
const pipelineId = () =>
  text('pipeline_id')
    .notNull()
    .references(() => pipelines.id, { onDelete: 'cascade' });

export const seeders = pgTable(
  'seeders',
  {
    id: text('id').primaryKey(),
    projectId: projectId(),
    pipelineId: pipelineId(),
    /** The window that its tasks enter in. */
    batchId: text('batch_id').notNull(),
    /** How many tasks it keeps available. */
    keep: integer('keep').notNull(),
    source: jsonb('source').$type<SeederSource>().notNull(),
    state: text('state', { enum: seederStates }).notNull(),
    /** Where the source goes on; null with `drained` false: at its beginning. */
    cursor: text('cursor'),
    /** The source has no more. */
    drained: boolean('drained').notNull().default(false),
    /** Items that were fetched so far; the next one's row. */
    fetched: integer('fetched').notNull().default(0),
    /** Items that wait here to become tasks. */
    buffered: integer('buffered').notNull().default(0),
    seeded: integer('seeded').notNull().default(0),
    duplicates: integer('duplicates').notNull().default(0),
    /** Items that were no tasks. */
    rejected: integer('rejected').notNull().default(0),
    lastError: text('last_error'),
    /** In a row, of the source. */
    failures: integer('failures').notNull().default(0),
    retryAt: instant('retry_at'),
    createdAt: createdAt(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [index('seeders_project').on(table.projectId, table.id)],
);

/** What a source gave and is no task yet. */
export const seederItems = pgTable(
  'seeder_items',
  {
    seederId: text('seeder_id')
      .notNull()
      .references(() => seeders.id, { onDelete: 'cascade' }),
    row: integer('row').notNull(),
    task: jsonb('task').$type<Record<string, unknown>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.seederId, table.row] })],
);

export const triggers = pgTable(
  'triggers',
  {
    id: text('id').primaryKey(),
    projectId: projectId(),
    pipelineId: pipelineId(),
    batchId: text('batch_id').notNull(),
    /** Where the cycles begin. */
    node: text('node').notNull(),
    kind: text('kind', { enum: triggerKinds }).notNull(),
    settings: jsonb('settings').$type<TriggerSettings>().notNull(),
    task: jsonb('task').$type<TriggerTask>().notNull(),
    once: boolean('once').notNull(),
    state: text('state', { enum: triggerStates }).notNull(),
    /** Events: the pipeline whose tasks are listened to. */
    sourceId: text('source_id').references(() => pipelines.id, { onDelete: 'cascade' }),
    /** Events of transactions before this one are none of its. */
    since: bigint('since', { mode: 'number' }).notNull(),
    /** Webhooks: SHA-256 of the token, hex. */
    tokenHash: text('token_hash'),
    /** Webhooks: what senders sign with. Kept as it is, since signatures are made with it. */
    secret: text('secret'),
    fired: integer('fired').notNull().default(0),
    lastFiredAt: instant('last_fired_at'),
    lastError: text('last_error'),
    createdAt: createdAt(),
  },
  (table) => [
    index('triggers_pipeline').on(table.pipelineId, table.id),
    index('triggers_source').on(table.sourceId),
    uniqueIndex('triggers_token').on(table.tokenHash),
  ],
);

/** How far a pipeline's outbox was read for the triggers on it. */
export const outboxCursors = pgTable('outbox_cursors', {
  pipelineId: text('pipeline_id')
    .primaryKey()
    .references(() => pipelines.id, { onDelete: 'cascade' }),
  transaction: bigint('transaction', { mode: 'number' }).notNull(),
  id: bigint('id', { mode: 'number' }).notNull(),
});
