// Tasks as lists and screens show them.
import type pg from 'pg';
import type { TaskStatus } from '../../core/state.js';

export interface Task {
  id: string;
  projectId: string;
  pipelineId: string;
  batchId: string | null;
  externalId: string | null;
  data: Record<string, unknown>;
  dataHash: string;
  dataTitle: string;
  metadata: Record<string, unknown>;
  gold: unknown;
  priority: number;
  dueAt: Date | null;
  tags: string[];
  status: TaskStatus;
  outcome: string | null;
  failure: string | null;
  nodes: string[];
  cycleId: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
}

/** Work of a pipeline that is paused reads as paused; what is held, or has ended, reads as it is. */
export const shownStatus = `case when p.paused_at is not null and t.status in ('pending', 'in_progress') then 'paused' else t.status end`;

/** Pauses since a due date was written have moved it. */
const due = `case when t.due_at is not null then
    t.due_at + (paused_ms(p, null, t.held_at_ms) + t.own_paused_ms - t.paused_ms) * interval '1 millisecond' end`;

export const tasksFrom = 'tasks t join pipelines p on p.id = t.pipeline_id';

export const taskColumns = `t.id, t.project_id as "projectId", t.pipeline_id as "pipelineId", t.batch_id as "batchId",
  t.external_id as "externalId", t.data, t.data_hash as "dataHash", t.data_title as "dataTitle", t.metadata, t.gold, t.priority,
  ${due} as "dueAt", t.tags, ${shownStatus} as status, t.outcome, t.failure, t.nodes, t.cycle_id as "cycleId", t.version,
  t.created_at as "createdAt", t.updated_at as "updatedAt", t.finished_at as "finishedAt"`;

export async function findTask(pool: pg.Pool, id: string): Promise<Task | undefined> {
  return (await pool.query<Task>(`select ${taskColumns} from ${tasksFrom} where t.id = $1`, [id])).rows[0];
}

export async function findTasks(pool: pg.Pool, ids: readonly string[]): Promise<Task[]> {
  return (
    await pool.query<Task>(`select ${taskColumns} from ${tasksFrom} where t.id = any ($1::text[]) order by t.id`, [ids])
  ).rows;
}

export interface TaskFilter {
  pipelineId: string;
  /** The pipeline is. */
  isPaused: boolean;
  status?: TaskStatus | undefined;
  /** Recorded. */
  exceptStatus?: TaskStatus | undefined;
  outcome?: string | undefined;
  node?: string | undefined;
  /** Member id. */
  assignee?: string | undefined;
  /** Who is at a vote is not looked at. */
  exceptVotes?: boolean;
  /** Nor who is at one of these nodes. */
  exceptNodes?: readonly string[];
  tag?: string | undefined;
  batch?: string | undefined;
  externalId?: string | undefined;
  dataHash?: string | undefined;
  dataTitle?: string | undefined;
  /** The id of the last one seen. */
  after: string;
  limit: number;
}

/** How what reads as a status may be recorded: constants, so that the index on it serves. */
function recordedAs(status: TaskStatus, isPaused: boolean): TaskStatus[] {
  const going: TaskStatus[] = ['pending', 'in_progress'];
  if (!isPaused) return [status];
  if (status === 'paused') return [...going, status];
  return going.includes(status) ? [] : [status];
}

/** What follows `from tasks t` for a keyset page in the order of creation, with its parameters. */
export function pageOfTasks(filter: TaskFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [filter.pipelineId, filter.after, filter.limit];
  const conditions: string[] = [];
  const where = (value: unknown, condition: (parameter: string) => string): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(`and ${condition(`$${String(values.length)}`)}`);
  };
  where(filter.status && recordedAs(filter.status, filter.isPaused), (parameter) => `t.status = any (${parameter})`);
  where(filter.exceptStatus, (parameter) => `t.status <> ${parameter}`);
  where(filter.outcome, (parameter) => `t.outcome = ${parameter}`);
  where(filter.node, (parameter) => `${parameter} = any (t.nodes)`);
  where(filter.tag, (parameter) => `${parameter} = any (t.tags)`);
  where(filter.batch, (parameter) => `t.batch_id = ${parameter}`);
  where(filter.externalId, (parameter) => `t.external_id = ${parameter}`);
  where(filter.dataHash, (parameter) => `t.data_hash = ${parameter}`);
  where(filter.dataTitle, (parameter) => `strpos(lower(t.data_title), lower(${parameter})) > 0`);
  where(filter.assignee && [filter.assignee, ...(filter.exceptNodes ?? [])], (parameter) => {
    const votes = filter.exceptVotes ? `and n.kind not in ('consensus', 'consensus_review')` : '';
    return `exists (select 1 from node_instances n where n.task_id = t.id and n.assignee = (${parameter}::text[])[1] ${votes}
                       and n.node <> all ((${parameter}::text[])[2:]))`;
  });
  return { text: `where t.pipeline_id = $1 and t.id > $2 ${conditions.join(' ')} order by t.id limit $3`, values };
}

export async function listTasks(pool: pg.Pool, filter: TaskFilter): Promise<Task[]> {
  const { text, values } = pageOfTasks(filter);
  return (await pool.query<Task>(`select ${taskColumns} from ${tasksFrom} ${text}`, values)).rows;
}

/** Open tasks and ended ones by status and outcome. */
export async function countTasks(
  pool: pg.Pool,
  pipelineId: string,
): Promise<{ status: TaskStatus; outcome: string | null; count: number }[]> {
  const text = `select ${shownStatus} as status, t.outcome, count(*) as count from ${tasksFrom} where t.pipeline_id = $1 group by 1, 2 order by 1, 2`;
  return (await pool.query<{ status: TaskStatus; outcome: string | null; count: number }>(text, [pipelineId])).rows;
}

/** In the order in which they were sent. */
export async function tasksOfBatch(pool: pg.Pool, batchId: string): Promise<Task[]> {
  return (
    await pool.query<Task>(`select ${taskColumns} from ${tasksFrom} where t.batch_id = $1 order by t.batch_row`, [
      batchId,
    ])
  ).rows;
}
