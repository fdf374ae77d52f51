// Changes live settings of a node. Running cycles hear of it by the answer to their next record.
import type pg from 'pg';
import type { LiveByNode, LiveSettings } from '../../core/live-settings.js';
import { inTransaction } from '../connection.js';

export interface SettingsPatch {
  pipelineId: string;
  node: string;
  /** The version that the caller saw. */
  expectedVersion: number | undefined;
  changedBy: string;
  /** The settings from now on, of those before; throws to refuse. */
  change: (before: LiveSettings, live: LiveByNode) => LiveSettings;
}

/** The new version and settings; `stale` where they are at another version than was seen. */
export async function changeSettings(
  pool: pg.Pool,
  { pipelineId, node, expectedVersion, changedBy, change }: SettingsPatch,
): Promise<{ version: number; settings: LiveSettings } | { stale: number }> {
  return inTransaction(pool, async (client) => {
    // One change of a pipeline's settings at a time.
    await client.query('select 1 from pipelines where id = $1 for no key update', [pipelineId]);
    const { rows } = await client.query<{ node: string; version: number; settings: LiveSettings }>(
      'select node, version, settings from node_settings where pipeline_id = $1',
      [pipelineId],
    );
    const live = Object.fromEntries(rows.map((row) => [row.node, row.settings]));
    const { version: seen = 0, settings: before = {} } = rows.find((row) => row.node === node) ?? {};
    if (expectedVersion !== undefined && expectedVersion !== seen) return { stale: seen };
    const settings = change(before, live);
    const version = seen + 1;
    await client.query(
      `insert into node_settings (pipeline_id, node, version, settings, changed_at) values ($1, $2, $3, $4, clock_timestamp())
       on conflict (pipeline_id, node) do update set (version, settings, changed_at) =
         (excluded.version, excluded.settings, excluded.changed_at)`,
      [pipelineId, node, version, JSON.stringify(settings)],
    );
    await client.query(
      `with counted as (update pipelines set settings_number = settings_number + 1 where id = $1 returning settings_number)
       insert into node_setting_changes (pipeline_id, node, version, before, after, changed_by, changed_at, number)
       select $1, $2, $3, $4, $5, $6, clock_timestamp(), settings_number from counted`,
      [pipelineId, node, version, JSON.stringify(before), JSON.stringify(settings), changedBy],
    );
    return { version, settings };
  });
}
