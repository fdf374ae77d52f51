// Column shapes that every table shares.
import { bigint, timestamp } from 'drizzle-orm/pg-core';

/** A point in time, to the millisecond. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

/** Milliseconds: of a running clock, or of pauses. */
export const clockMs = (name: string) => bigint(name, { mode: 'number' });

export const createdAt = () => instant('created_at').notNull().defaultNow();
