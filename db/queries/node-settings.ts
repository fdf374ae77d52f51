// Live settings of nodes: as they are, who changed them, and as a cycle of one version takes them in.
import type pg from 'pg';
import type { LiveByNode, LiveSettings } from '../../core/live-settings.js';
import type { TunedNode } from '../../core/tuning.js';
import { tuningOf } from '../../core/tuning.js';
import type { Plan } from '../../core/plan-node.js';

export interface SettingsChange {
  version: number;
  before: LiveSettings;
  after: LiveSettings;
  changedBy: string;
  changedAt: Date;
}

/** The last changes, newest first. */
export async function settingsChanges(
  pool: pg.Pool,
  pipelineId: string,
  node: string,
  limit: number,
): Promise<SettingsChange[]> {
  const text = `select version, before, after, changed_by as "changedBy", changed_at as "changedAt" from node_setting_changes
                 where pipeline_id = $1 and node = $2 order by version desc limit $3`;
  return (await pool.query<SettingsChange>(text, [pipelineId, node, limit])).rows;
}

/** A node's settings as they were at a number of its pipeline's. */
export async function settingsAt(
  pool: pg.Pool,
  { pipelineId, node, number }: { pipelineId: string; node: string; number: number },
): Promise<LiveSettings> {
  const text = `select after from node_setting_changes where pipeline_id = $1 and node = $2 and number <= $3
                 order by version desc limit 1`;
  return (await pool.query<{ after: LiveSettings }>(text, [pipelineId, node, number])).rows[0]?.after ?? {};
}

/** Settings of nodes as they were at a time. */
export async function settingsAsOf(
  pool: pg.Pool,
  { pipelineId, nodes, at }: { pipelineId: string; nodes: readonly string[]; at: Date },
): Promise<LiveByNode> {
  const text = `select distinct on (node) node, after from node_setting_changes
                 where pipeline_id = $1 and node = any ($2::text[]) and changed_at <= $3 order by node, version desc`;
  const { rows } = await pool.query<{ node: string; after: LiveSettings }>(text, [pipelineId, nodes, at]);
  return Object.fromEntries(rows.map(({ node, after }) => [node, after]));
}

/** 0 where nothing was ever changed. */
export async function settingsVersion(pool: pg.Pool, pipelineId: string, node: string): Promise<number> {
  const text = 'select version from node_settings where pipeline_id = $1 and node = $2';
  return (await pool.query<{ version: number }>(text, [pipelineId, node])).rows[0]?.version ?? 0;
}

/** What has changed, as one version's nodes have it; undefined where the version is gone. */
export async function tunedSettings(
  pool: pg.Pool,
  versionId: string,
): Promise<{ number: number; nodes: Record<string, TunedNode> } | undefined> {
  const { rows } = await pool.query<{
    number: number;
    plan: Plan;
    changes: { node: string; settings: LiveSettings; changedAt: number }[];
  }>(
    `select p.settings_number as number, v.plan,
            coalesce((select json_agg(json_build_object('node', s.node, 'settings', s.settings,
                                                        'changedAt', floor(extract(epoch from s.changed_at) * 1000)))
                        from node_settings s where s.pipeline_id = p.id), '[]') as changes
       from pipeline_versions v join pipelines p on p.id = v.pipeline_id
      where v.id = $1`,
    [versionId],
  );
  const found = rows[0];
  if (!found) return undefined;
  const { number, plan, changes } = found;
  const nodes = plan.nodes.flatMap((node): [string, TunedNode][] => {
    const change = changes.find((one) => one.node === node.key);
    return change ? [[node.key, { changedAt: change.changedAt, tuning: tuningOf(plan, node, change.settings) }]] : [];
  });
  return { number, nodes: Object.fromEntries(nodes) };
}
