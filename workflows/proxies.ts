// Activities as workflows see them. Records are local: one event instead of three, and no hop over the server.
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { SettingsActivities } from '../activities/live-settings.js';
import type { PauseActivities } from '../activities/pauses.js';
import type { RecordActivities } from '../activities/record.js';

/** A local activity holds its workflow task, and with Postgres away it must not hold the worker. */
const bounded = {
  startToCloseTimeout: '1.5 seconds',
  scheduleToCloseTimeout: '3 seconds',
  retry: { maximumAttempts: 2, initialInterval: '100 milliseconds' },
} as const;

/** Where it fails, the next record's answer says again that there is something to learn. */
export const settingsLocally = proxyLocalActivities<SettingsActivities>(bounded).liveSettings;

/** Retried until Postgres is back. */
const durable = {
  startToCloseTimeout: '5 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '2 seconds' },
} as const;

export const recordLocally = proxyLocalActivities<RecordActivities>(bounded).record;

/** What takes over when that fails. */
export const recordDurably = proxyActivities<RecordActivities>({
  ...durable,
  summary: 'record: Postgres was out of reach',
}).record;

export const clockLocally = proxyLocalActivities<PauseActivities>(bounded).pipelineClock;

export const clockDurably = proxyActivities<PauseActivities>({
  ...durable,
  summary: 'how pauses stand: Postgres was out of reach',
}).pipelineClock;
