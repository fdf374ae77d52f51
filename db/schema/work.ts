// What people work on and hand in: node instances, submissions, reviews, drafts, payloads, reservations.
import { sql } from 'drizzle-orm';
import { doublePrecision, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { FieldVerdict, VoteResult } from '../../core/state.js';
import { nodeStatuses } from '../../core/state.js';
import { clockMs, createdAt, instant } from './columns.js';
import { projects } from './projects.js';
import { streams, tasks } from './tasks.js';
import { visitStatus } from './visits.js';

export const nodeInstances = pgTable(
  'node_instances',
  {
    id: text('id').primaryKey(),
    streamId: text('stream_id')
      .notNull()
      .references(() => streams.id, { onDelete: 'cascade' }),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    projectId: text('project_id').notNull(),
    pipelineId: text('pipeline_id').notNull(),
    versionId: text('version_id').notNull(),
    node: text('node').notNull(),
    kind: text('kind').notNull(),
    visit: integer('visit').notNull(),
    slot: integer('slot'),
    parentId: text('parent_id'),
    status: text('status', { enum: nodeStatuses }).notNull(),
    availabilityReason: text('availability_reason', { enum: ['NEW', 'RELEASED', 'REOPENED', 'SKIPPED'] }),
    assignee: text('assignee'),
    performer: text('performer'),
    outcome: text('outcome'),
    verdict: text('verdict', { enum: ['pass', 'fail', 'fixed'] }),
    submissionId: text('submission_id'),
    draftId: text('draft_id'),
    holdReason: text('hold_reason'),
    result: jsonb('result').$type<VoteResult>(),
    /** How many more may claim it: 1 or 0, and a consensus' free slots. */
    openSlots: integer('open_slots').notNull(),
    excluded: text('excluded').array().notNull(),
    reservedFor: text('reserved_for'),
    reservedUntil: instant('reserved_until'),
    openedAt: instant('opened_at').notNull(),
    claimedAt: instant('claimed_at'),
    leaseUntil: instant('lease_until'),
    leaseMs: integer('lease_ms').notNull(),
    dueAt: instant('due_at'),
    /** What its pipeline and node had been paused when its times were written, and when its task's pause began. */
    pausedMs: clockMs('paused_ms').notNull().default(0),
    heldAtMs: clockMs('held_at_ms'),
    submittedAt: instant('submitted_at'),
    finishedAt: instant('finished_at'),
    /** Of the node and of the task: higher is served first. */
    rank: doublePrecision('rank').notNull(),
    version: integer('version').notNull(),
  },
  (table) => [
    index('node_instances_queue')
      .on(table.pipelineId, table.node, table.rank.desc(), table.openedAt, table.id)
      .where(sql`open_slots > 0`),
    index('node_instances_reserved')
      .on(table.pipelineId, table.reservedFor, table.openedAt)
      .where(sql`open_slots > 0 and reserved_for is not null`),
    index('node_instances_kept')
      .on(table.projectId, table.reservedFor, table.id)
      .where(sql`reserved_for is not null`),
    index('node_instances_visits')
      .on(table.pipelineId, table.node, sql.raw(`(${visitStatus})`), table.id)
      .where(sql`parent_id is null`),
    index('node_instances_task').on(table.taskId, table.openedAt),
    index('node_instances_stream').on(table.streamId),
    index('node_instances_parent').on(table.parentId),
    index('node_instances_assignee')
      .on(table.projectId, table.assignee, table.claimedAt)
      .where(sql`assignee is not null`),
    index('node_instances_performer')
      .on(table.projectId, table.performer, table.submittedAt)
      .where(sql`performer is not null`),
  ],
);

export const submissions = pgTable(
  'submissions',
  {
    id: text('id').primaryKey(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    projectId: text('project_id').notNull(),
    instanceId: text('instance_id').notNull(),
    streamId: text('stream_id').notNull(),
    sequence: integer('sequence').notNull(),
    node: text('node').notNull(),
    performer: text('performer').notNull(),
    via: text('via'),
    action: text('action').notNull(),
    payloadHash: text('payload_hash').notNull(),
    /** By JSON pointer: why a field that a review failed stays as it is. */
    answers: jsonb('answers').$type<Record<string, string>>(),
    submittedAt: instant('submitted_at').notNull(),
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    index('submissions_task').on(table.taskId, table.submittedAt),
    index('submissions_stream').on(table.streamId, table.sequence),
    index('submissions_payload').on(table.projectId, table.payloadHash),
  ],
);

export const reviews = pgTable(
  'reviews',
  {
    id: text('id').primaryKey(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    projectId: text('project_id').notNull(),
    instanceId: text('instance_id').notNull(),
    streamId: text('stream_id').notNull(),
    sequence: integer('sequence').notNull(),
    node: text('node').notNull(),
    reviewer: text('reviewer').notNull(),
    via: text('via'),
    verdict: text('verdict', { enum: ['pass', 'fail', 'fixed'] }).notNull(),
    comment: text('comment'),
    issueTags: text('issue_tags').array().notNull(),
    fields: text('fields').array().notNull(),
    fieldVerdicts: jsonb('field_verdicts').$type<FieldVerdict[]>().notNull().default([]),
    reviewedAt: instant('reviewed_at').notNull(),
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    index('reviews_task').on(table.taskId, table.reviewedAt),
    index('reviews_stream').on(table.streamId, table.sequence),
  ],
);

/** Values handed in, immutable, by the hash of their canonical JSON. */
export const payloads = pgTable(
  'payloads',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    hash: text('hash').notNull(),
    values: jsonb('values').$type<unknown>().notNull(),
    /** When it came, or last came again after nothing had referred to it. */
    createdAt: createdAt(),
    /** When housekeeping found that nothing refers to it; the next time it goes. */
    orphanedAt: instant('orphaned_at'),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.hash] }),
    index('payloads_age').on(table.createdAt, table.projectId, table.hash),
    index('payloads_orphaned')
      .on(table.orphanedAt)
      .where(sql`orphaned_at is not null`),
  ],
);

/** Values kept for a holder before submit. */
export const drafts = pgTable(
  'drafts',
  {
    instanceId: text('instance_id').notNull(),
    memberId: text('member_id').notNull(),
    projectId: text('project_id').notNull(),
    values: jsonb('values').$type<unknown>().notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.instanceId, table.memberId] })],
);

/** A place in the queue kept for somebody while their claim is on its way. */
export const reservations = pgTable(
  'reservations',
  {
    instanceId: text('instance_id').notNull(),
    memberId: text('member_id').notNull(),
    projectId: text('project_id').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.instanceId, table.memberId] }),
    index('reservations_expiry').on(table.expiresAt),
  ],
);
