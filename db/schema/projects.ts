// The tenant boundary: projects, their members with roles, and API keys.
import { sql } from 'drizzle-orm';
import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.js';

/** One row: ties this database to the Temporal namespace that holds its cycles. */
export const installation = pgTable('installation', {
  id: uuid('id').primaryKey(),
  createdAt: createdAt(),
});

export const projects = pgTable('projects', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  createdAt: createdAt(),
});

export const members = pgTable(
  'members',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    email: text('email').notNull(),
    name: text('name'),
    role: text('role', { enum: ['admin', 'team_manager', 'annotator', 'reviewer', 'annotator_reviewer'] }).notNull(),
    removedAt: instant('removed_at'),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex('members_email').on(table.projectId, sql`lower(${table.email})`)],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    memberId: text('member_id')
      .notNull()
      .references(() => members.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** SHA-256 of the secret, hex; the secret itself is shown once and kept nowhere. */
    hash: text('hash').notNull().unique(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    createdAt: createdAt(),
  },
  (table) => [index('api_keys_project').on(table.projectId, table.id)],
);
