// The live settings of a pipeline's nodes, for cycles that heard that they have changed.
import type pg from 'pg';
import { tunedSettings } from '../db/queries/node-settings.js';

export type LiveSettings = NonNullable<Awaited<ReturnType<typeof tunedSettings>>>;

export interface SettingsActivities {
  /** Null where the version is gone. */
  liveSettings(of: { versionId: string }): Promise<LiveSettings | null>;
}

export const createSettingsActivities = (pool: pg.Pool): SettingsActivities => ({
  liveSettings: async ({ versionId }) => (await tunedSettings(pool, versionId)) ?? null,
});
