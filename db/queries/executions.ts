// Runs of programs, as lists show them.
import type pg from 'pg';

export interface Execution {
  id: string;
  attempt: number;
  taskId: string;
  nodeInstanceId: string;
  node: string;
  kind: string;
  /** Left out where nobody took it. */
  actor: string | null;
  status: 'running' | 'succeeded' | 'failed';
  outcome: string | null;
  confidence: number | null;
  code: string | null;
  detail: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  cost: number | null;
  startedAt: Date;
  endedAt: Date | null;
}

/** Runs of programs, and the visits of external nodes, whose programs run elsewhere. */
const runs = `(
  select id, attempt, pipeline_id, task_id, instance_id, node, kind, actor, status, result, code, detail, input_tokens, output_tokens,
         cost, started_at, ended_at
    from executions
  union all
  select id, visit, pipeline_id, task_id, id, node, kind, coalesce(performer, assignee),
         case when status = 'finished' then case when outcome = 'timeout' then 'failed' else 'succeeded' end else 'running' end,
         jsonb_build_object('outcome', outcome), case when outcome = 'timeout' then 'TIMEOUT' end, null, null, null, null,
         coalesce(claimed_at, opened_at), finished_at
    from node_instances
   where kind = 'external' and (claimed_at is not null or finished_at is not null) and (outcome is distinct from 'superseded' or performer is not null)
) as runs`;

const columns = `id, attempt, task_id as "taskId", instance_id as "nodeInstanceId", node, kind, actor, status,
  result ->> 'outcome' as outcome, (result ->> 'confidence')::float8 as confidence, code, detail, input_tokens as "inputTokens",
  output_tokens as "outputTokens", cost, started_at as "startedAt", ended_at as "endedAt"`;

/** The place of an execution in its list. */
export interface ExecutionCursor {
  id: string;
  attempt: number;
}

export interface ExecutionsAsked {
  pipelineId: string;
  node: string;
  status?: string | undefined;
  before?: ExecutionCursor | undefined;
  limit: number;
}

/** Those of the youngest tasks first. */
export async function executionsOfNode(pool: pg.Pool, asked: ExecutionsAsked): Promise<Execution[]> {
  const { pipelineId, node, status = null, before, limit } = asked;
  const text = `select ${columns} from ${runs}
    where pipeline_id = $1 and node = $2 and ($3::text is null or status = $3)
      and ($4::text is null or (id, attempt) < ($4, $5::int))
    order by id desc, attempt desc limit $6`;
  const values = [pipelineId, node, status, before?.id ?? null, before?.attempt ?? null, limit];
  return (await pool.query<Execution>(text, values)).rows;
}

/** A page of a task's, oldest first. */
export async function executionsOfTask(
  pool: pg.Pool,
  { taskId, after, limit }: { taskId: string; after: [string, string, number] | undefined; limit: number },
): Promise<Execution[]> {
  const text = `select ${columns} from ${runs}
    where task_id = $1 and ($2::timestamptz is null or (started_at, id, attempt) > ($2::timestamptz, $3, $4::int))
    order by started_at, id, attempt limit $5`;
  return (await pool.query<Execution>(text, [taskId, ...(after ?? [null, null, null]), limit])).rows;
}

export interface Suggestion {
  values: unknown;
  confidence: number | null;
  /** The model, e.g. `model:gpt-4o`. */
  by: string;
}

/** What a program filled in for the person who works at an instance. */
export async function suggestionOf(pool: pg.Pool, instanceId: string): Promise<Suggestion | undefined> {
  const text = `select p.values, (e.result ->> 'confidence')::float8 as confidence, e.actor as by
                  from executions e
                  join payloads p on p.project_id = e.project_id and p.hash = e.result -> 'submission' ->> 'hash'
                 where e.instance_id = $1 and e.status = 'succeeded' order by e.started_at desc limit 1`;
  return (await pool.query<Suggestion>(text, [instanceId])).rows[0];
}

export interface ExecutionPlace {
  execution: string;
  taskId: string;
  node: string;
}

/** Where executions were at work, in the order of their ids; those of other projects are not there. */
export async function executionPlaces(
  pool: pg.Pool,
  projectId: string,
  ids: readonly string[],
): Promise<ExecutionPlace[]> {
  const text = `
    select id as execution, task_id as "taskId", node from executions where project_id = $1 and id = any ($2)
     union
    select id, task_id, node from node_instances where project_id = $1 and id = any ($2) and kind = 'external'
     order by 1`;
  return (await pool.query<ExecutionPlace>(text, [projectId, ids])).rows;
}
