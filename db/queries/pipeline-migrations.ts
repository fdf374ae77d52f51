// Migrations of open cycles to another version: what was asked for, what came of it, and which cycles are still to be looked at.
import type pg from 'pg';
import type { PipelineSettings } from '../../core/tuning.js';
import type { Plan } from '../../core/plan-node.js';
import type { MigratedCycle } from '../writes/migrated-cycles.js';
import { planOf } from './cycles-to-start.js';
import { liveSettings } from './pipelines.js';

export interface Migration {
  id: string;
  projectId: string;
  pipelineId: string;
  fromVersion: number | null;
  toVersion: number;
  dryRun: boolean;
  status: 'running' | 'finished';
  startedBy: string;
  createdAt: Date;
  endedAt: Date | null;
}

export async function findMigration(pool: pg.Pool, id: string): Promise<Migration | undefined> {
  const { rows } = await pool.query<Migration>(
    `select id, project_id as "projectId", pipeline_id as "pipelineId", from_version as "fromVersion", to_version as "toVersion",
            dry_run as "dryRun", status, started_by as "startedBy", created_at as "createdAt", ended_at as "endedAt"
       from pipeline_migrations where id = $1`,
    [id],
  );
  return rows[0];
}

export async function hasVersion(pool: pg.Pool, pipelineId: string, version: number): Promise<boolean> {
  const text = 'select 1 from pipeline_versions where pipeline_id = $1 and version = $2';
  return (await pool.query(text, [pipelineId, version])).rowCount === 1;
}

export interface CycleToMigrate {
  cycleId: string;
  taskId: string;
  /** Where to. */
  versionId: string;
  plan: Plan;
  /** It has recorded. */
  started: boolean;
}

/** A keyset page of the open cycles of other versions. A cycle that moves leaves them; those after it stay where they are. */
export async function cyclesToMigrate(
  pool: pg.Pool,
  { pipelineId, fromVersion, toVersion }: Migration,
  { after, limit }: { after: string; limit: number },
): Promise<CycleToMigrate[]> {
  const { rows } = await pool.query<
    Omit<CycleToMigrate, 'plan'> & {
      checkpoint: string | null;
      start_node: string | null;
      overlap: number | null;
      plan: Plan;
      live: PipelineSettings;
    }
  >(
    `select c.id as "cycleId", c.task_id as "taskId", next.id as "versionId", next.plan, ${liveSettings('p')} as live, c.checkpoint, c.start_node, t.overlap,
            exists (select 1 from streams s where s.cycle_id = c.id) as started
       from pipelines p
       join pipeline_versions next on next.pipeline_id = p.id and next.version = $3
       cross join lateral (
         select c.* from pipeline_versions v
          cross join lateral (
            select c.* from cycles c where c.version_id = v.id and c.ended_at is null and c.id > $4 order by c.id limit $5) c
          where v.pipeline_id = p.id and v.version <> $3 and ($2::int is null or v.version = $2)
          order by c.id limit $5) c
       join tasks t on t.id = c.task_id
      where p.id = $1
      order by c.id`,
    [pipelineId, fromVersion, toVersion, after, limit],
  );
  return rows.map(({ overlap, live, checkpoint, start_node, ...row }) => ({
    ...row,
    plan: planOf({ plan: row.plan, overlap, live, checkpoint, start_node }),
  }));
}

export async function countsOf(pool: pg.Pool, id: string): Promise<Record<MigratedCycle['outcome'], number>> {
  const { rows } = await pool.query<{ outcome: MigratedCycle['outcome']; count: number }>(
    'select outcome, count(*) as count from migrated_cycles where migration_id = $1 group by 1',
    [id],
  );
  const none = { moved: 0, movable: 0, stays: 0, ended: 0 };
  return { ...none, ...Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count])) };
}

/** How many cycles stay for which reason. */
export async function reasonsOf(pool: pg.Pool, id: string): Promise<{ reason: string; node: string; count: number }[]> {
  const { rows } = await pool.query<{ reason: string; node: string; count: number }>(
    `select reason, node, count(*) as count from migrated_cycles
      where migration_id = $1 and outcome = 'stays' group by 1, 2 order by 3 desc, 1, 2 limit 100`,
    [id],
  );
  return rows;
}

export async function migratedCycles(
  pool: pg.Pool,
  { id, outcome, after, limit }: { id: string; outcome: string | undefined; after: string; limit: number },
): Promise<MigratedCycle[]> {
  const { rows } = await pool.query<MigratedCycle>(
    `select cycle_id as "cycleId", task_id as "taskId", outcome, reason, node from migrated_cycles
      where migration_id = $1 and ($2::text is null or outcome = $2) and cycle_id > $3 order by cycle_id limit $4`,
    [id, outcome ?? null, after, limit],
  );
  return rows;
}
