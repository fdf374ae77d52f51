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

const select = `
  select t.project_id, t.pipeline_id, c.version_id, t.id, t.cycle_id, t.batch_id, c.checkpoint, v.plan, ${liveSettings('p')} as live, t.overlap, c.start_node, t.data_title,
         t.priority, t.due_at, c.rerun, pipeline_clock(p) as clock
    from tasks t
    join cycles c on c.id = t.cycle_id
    join pipeline_versions v on v.id = c.version_id
    join pipelines p on p.id = t.pipeline_id
   where not exists (select 1 from streams s where s.cycle_id = t.cycle_id)`;

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
export async function cyclesToStart(
  pool: pg.Pool,
  { batchId, after, limit }: { batchId: string; after: string; limit: number },
): Promise<CycleToStart[]> {
  const text = `${select} and t.batch_id = $1 and t.id > $2 order by t.id limit $3`;
  return (await pool.query<Row>(text, [batchId, after, limit])).rows.map(cycleOf);
}

/** Those of a batch that nobody has taken: as few as its seeder keeps. */
export async function untakenToStart(pool: pg.Pool, batchId: string): Promise<CycleToStart[]> {
  const text = `${select} and t.batch_id = $1 and t.status = 'pending' order by t.id`;
  return (await pool.query<Row>(text, [batchId])).rows.map(cycleOf);
}

/** Cycles that should have started a while ago, by their id; `last`: where to go on. Looks only at those that have not recorded. */
export async function cyclesForgotten(
  pool: pg.Pool,
  after: string | undefined,
  limit: number,
): Promise<{ cycles: CycleToStart[]; last: string | undefined }> {
  const text = `${select} and t.id = c.task_id and c.unrecorded and c.ended_at is null and c.created_at < now() - interval '20 seconds'
     and c.id > $1 order by c.id limit $2`;
  const { rows } = await pool.query<Row>(text, [after ?? '', limit]);
  return { cycles: rows.map(cycleOf), last: rows.length < limit ? undefined : rows.at(-1)?.cycle_id };
}

/** The cycles of tasks that were stored just now. */
export async function cyclesOf(pool: pg.Pool, taskIds: readonly string[]): Promise<CycleToStart[]> {
  return (await pool.query<Row>(`${select} and t.id = any ($1::text[]) order by t.id`, [taskIds])).rows.map(cycleOf);
}

/** Undefined where it has recorded, or its task has another one. */
export async function cycleToStart(pool: pg.Pool, cycleId: string): Promise<CycleToStart | undefined> {
  return (await pool.query<Row>(`${select} and c.id = $1`, [cycleId])).rows.map(cycleOf)[0];
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
