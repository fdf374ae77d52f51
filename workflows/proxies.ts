// Activities as workflows see them. Records are local: one event instead of three, and no hop over the server.
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { SettingsActivities } from '../activities/live-settings.js';
import type { RecordActivities } from '../activities/record.js';

/** Bounded: a local activity holds its workflow task, and with Postgres away it must not hold the worker. */
export const recordLocally = proxyLocalActivities<RecordActivities>({
  startToCloseTimeout: '1.5 seconds',
  scheduleToCloseTimeout: '3 seconds',
  retry: { maximumAttempts: 2, initialInterval: '100 milliseconds' },
}).record;

/** Bounded likewise; where it fails, the next record's answer says again that there is something to learn. */
export const settingsLocally = proxyLocalActivities<SettingsActivities>({
  startToCloseTimeout: '1.5 seconds',
  scheduleToCloseTimeout: '3 seconds',
  retry: { maximumAttempts: 2, initialInterval: '100 milliseconds' },
}).liveSettings;

/** What takes over when that fails: retried until Postgres is back. */
export const recordDurably = proxyActivities<RecordActivities>({
  startToCloseTimeout: '5 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '2 seconds' },
  summary: 'record: Postgres was out of reach',
}).record;
