// Tasks whose cycle has not recorded yet, with all that starting it needs.
import type pg from 'pg';
import type { PipelineClock } from '../../core/clock.js';
import { checkpointsOf, contextPlan } from '../../core/checkpoints.js';
import { planFrom } from '../../core/entry.js';
import type { PipelineSettings } from '../../core/tuning.js';
import { withSettings } from '../../core/tuning.js';
import type { Plan } from '../../core/plan-node.js';
import type { Rerun } from '../../core/resume.js';
import { withOverlap } from '../../core/plan.js';
import type { TaskIdentity } from '../../core/state.js';
import { liveSettings } from './pipelines.js';

export interface CycleToStart {
  task: TaskIdentity;
  plan: Plan;
  title: string;
  priority: number;
  dueAt: Date | null;
  /** How pauses of its pipeline stand. */
  clock?: PipelineClock;
  /** Left out for a task's first. */
  rerun?: Rerun;
}

export interface Planned {
  plan: Plan;
  live: PipelineSettings;
  overlap: number | null;
  /** Where a checkpoint started it. */
  checkpoint: string | null;
  /** Where a trigger started it. */
  start_node: string | null;
}

interface Row extends Planned {
  project_id: string;
  pipeline_id: string;
  version_id: string;
  id: string;
  cycle_id: string;
  batch_id: string | null;
  data_title: string;
  priority: number;
  due_at: Date | null;
  clock: PipelineClock | null;
  rerun: Rerun | null;
}

const from = `tasks t join cycles c on c.id = t.cycle_id
             where not exists (select 1 from streams s where s.cycle_id = t.cycle_id)`;

/** Plans and settings are large, and most rows share theirs: each comes with the first row that has it. */
async function startsOf(pool: pg.Pool, which: string, values: unknown[], order = 't.id'): Promise<CycleToStart[]> {
  type Sent = Omit<Row, 'plan' | 'live'> & { plan: Plan | null; live: PipelineSettings | null };
  const first = (column: string): string => `row_number() over (partition by t.${column} order by t.id) = 1`;
  const { rows } = await pool.query<Sent>(
    `select t.*, pipeline_clock(p) as clock, case when ${first('version_id')} then v.plan end as plan,
            case when ${first('pipeline_id')} then ${liveSettings('p')} end as live
       from (select t.project_id, t.pipeline_id, c.version_id, t.id, t.cycle_id, t.batch_id, c.checkpoint, t.overlap, c.start_node,
                    t.data_title, t.priority, t.due_at, c.rerun
               from ${from} and ${which}) as t
       join pipeline_versions v on v.id = t.version_id
       join pipelines p on p.id = t.pipeline_id
      order by ${order}`,
    values,
  );
  const plans = new Map(rows.flatMap(({ version_id, plan }) => (plan ? [[version_id, plan]] : [])));
  const lives = new Map(rows.flatMap(({ pipeline_id, live }) => (live ? [[pipeline_id, live]] : [])));
  return rows.flatMap((row) => {
    const plan = plans.get(row.version_id);
    const live = lives.get(row.pipeline_id);
    return plan && live ? [cycleOf({ ...row, plan, live })] : [];
  });
}

/** What a cycle runs of a version: where it begins elsewhere, the part behind that; as the settings and its task have it. */
export function planOf({ plan, live, checkpoint, overlap, start_node }: Planned): Plan {
  const own = checkpoint === null ? planFrom(plan, start_node) : contextPlan(plan, checkpoint);
  return withOverlap(withSettings(own, live), overlap);
}

/** Only who may have to wait for a batch knows it. */
const batchOf = ({ plan, batch_id }: Row): { batchId?: string } =>
  batch_id === null || checkpointsOf(plan).length === 0 ? {} : { batchId: batch_id };

const cycleOf = (row: Row): CycleToStart => ({
  task: {
    projectId: row.project_id,
    pipelineId: row.pipeline_id,
    versionId: row.version_id,
    taskId: row.id,
    cycleId: row.cycle_id,
    ...batchOf(row),
  },
  plan: planOf(row),
  title: row.data_title,
  priority: row.priority,
  dueAt: row.due_at,
  ...(row.clock ? { clock: row.clock } : {}),
  ...(row.rerun ? { rerun: row.rerun } : {}),
});

/** A page of a batch, in order of the task's id. */
export const cyclesToStart = (
  pool: pg.Pool,
  { batchId, after, limit }: { batchId: string; after: string; limit: number },
): Promise<CycleToStart[]> =>
  startsOf(pool, 't.batch_id = $1 and t.id > $2 order by t.id limit $3', [batchId, after, limit]);

/** Those of a batch that nobody has taken: as few as its seeder keeps. */
export const untakenToStart = (pool: pg.Pool, batchId: string): Promise<CycleToStart[]> =>
  startsOf(pool, `t.batch_id = $1 and t.status = 'pending'`, [batchId]);

/** Cycles that should have started a while ago, by their id; `last`: where to go on. Looks only at those that have not recorded. */
export async function cyclesForgotten(
  pool: pg.Pool,
  after: string | undefined,
  limit: number,
): Promise<{ cycles: CycleToStart[]; last: string | undefined }> {
  const which = `c.unrecorded and c.ended_at is null and c.created_at < now() - interval '20 seconds'
                 and c.id > $1 order by c.id limit $2`;
  const cycles = await startsOf(pool, which, [after ?? '', limit], 't.cycle_id');
  return { cycles, last: cycles.length < limit ? undefined : cycles.at(-1)?.task.cycleId };
}

/** The cycles of tasks that were stored just now. */
export const cyclesOf = (pool: pg.Pool, taskIds: readonly string[]): Promise<CycleToStart[]> =>
  startsOf(pool, 't.id = any ($1::text[])', [taskIds]);

/** How many of them have recorded nothing yet. */
export async function countToStart(pool: pg.Pool, taskIds: readonly string[]): Promise<number> {
  const text = `select count(*) as count from ${from} and t.id = any ($1::text[])`;
  return (await pool.query<{ count: number }>(text, [taskIds])).rows[0]?.count ?? 0;
}

/** Undefined where it has recorded, or its task has another one. */
export async function cycleToStart(pool: pg.Pool, cycleId: string): Promise<CycleToStart | undefined> {
  return (await startsOf(pool, 'c.id = $1', [cycleId]))[0];
}

/** What a workflow on a task is told of it: its present cycle and that cycle's version. */
export async function taskIdentity(pool: pg.Pool, taskId: string): Promise<TaskIdentity | undefined> {
  const { rows } = await pool.query<TaskIdentity>(
    `select t.project_id as "projectId", t.pipeline_id as "pipelineId", c.version_id as "versionId", t.id as "taskId",
            t.cycle_id as "cycleId"
       from tasks t join cycles c on c.id = t.cycle_id where t.id = $1`,
    [taskId],
  );
  return rows[0];
}
