// Pipelines and the versions that cycles are pinned to.
import type pg from 'pg';
import type { PipelineSettings } from '../../core/tuning.js';
import { withSettings } from '../../core/tuning.js';
import type { Pauses } from '../../core/clock.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import type { Plan, RetiredNode } from '../../core/plan-node.js';

/** How its pauses stand. */
export interface Standing {
  pausedAt: Date | null;
  pauseMode: 'drain' | 'hard' | null;
  keepTriggers: boolean;
  pauseTurns: number;
  nodePauses: Record<string, Pauses>;
  toWake: number | null;
  woken: number | null;
}

export interface Pipeline extends Standing {
  id: string;
  projectId: string;
  name: string;
  version: number;
  versionId: string;
  definition: PipelineDefinition;
  /** With the live settings in it. */
  plan: Plan;
  live: PipelineSettings;
  /** Nodes that cycles of earlier versions may still be at. */
  retired: RetiredNode[];
  createdAt: Date;
}

/** As {@link PipelineSettings}, of the pipeline that is named so in a statement. */
export const liveSettings = (pipeline: string): string =>
  `json_build_object('number', ${pipeline}.settings_number, 'nodes', case when ${pipeline}.settings_number = 0 then '{}'::json else
    (select json_object_agg(s.node, s.settings) from node_settings s where s.pipeline_id = ${pipeline}.id) end)`;

export const standingColumns = `p.paused_at as "pausedAt", p.pause_mode as "pauseMode", p.keep_triggers as "keepTriggers",
  p.pause_turns as "pauseTurns", p.node_pauses as "nodePauses", p.to_wake as "toWake", p.woken`;

const columns = `p.id, p.project_id as "projectId", p.name, p.version, v.id as "versionId", v.definition, v.plan,
  ${liveSettings('p')} as live, p.retired, p.created_at as "createdAt", ${standingColumns}`;

/** A pipeline in its present version. */
export async function findPipeline(pool: pg.Pool, id: string): Promise<Pipeline | undefined> {
  const { rows } = await pool.query<Pipeline>({
    name: 'pipeline',
    text: `select ${columns} from pipelines p
             join pipeline_versions v on v.pipeline_id = p.id and v.version = p.version where p.id = $1`,
    values: [id],
  });
  const found = rows[0];
  return found && { ...found, plan: withSettings(found.plan, found.live) };
}

export async function listPipelines(
  pool: pg.Pool,
  { projectId, after, limit }: { projectId: string; after: string; limit: number },
): Promise<Pick<Pipeline, 'id' | 'projectId' | 'name' | 'version' | 'createdAt' | 'pausedAt'>[]> {
  const text = `select id, project_id as "projectId", name, version, created_at as "createdAt", paused_at as "pausedAt" from pipelines
                 where project_id = $1 and id > $2 order by id limit $3`;
  return (await pool.query<Pipeline>(text, [projectId, after, limit])).rows;
}

/** The definition of one version; it never changes. */
export async function definitionOf(pool: pg.Pool, versionId: string): Promise<PipelineDefinition | undefined> {
  const text = 'select definition from pipeline_versions where id = $1';
  return (await pool.query<{ definition: PipelineDefinition }>(text, [versionId])).rows[0]?.definition;
}

/** A pipeline of a project by its name, in its present version. */
export async function pipelineByName(
  pool: pg.Pool,
  projectId: string,
  name: string,
): Promise<{ id: string; versionId: string } | undefined> {
  const { rows } = await pool.query<{ id: string; versionId: string }>(
    `select p.id, v.id as "versionId" from pipelines p
       join pipeline_versions v on v.pipeline_id = p.id and v.version = p.version
      where p.project_id = $1 and p.name = $2`,
    [projectId, name],
  );
  return rows[0];
}
