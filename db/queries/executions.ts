// Executions, as lists show them: runs of programs, and the visits of nodes that people work at.
import type pg from 'pg';
import { visitStatus } from '../schema/visits.js';

export const executionStatuses = ['waiting', 'running', 'succeeded', 'failed'] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export interface Execution {
  /** Of a visit that of its node instance. */
  id: string;
  /** Of a visit its number. */
  attempt: number;
  projectId: string;
  taskId: string;
  nodeInstanceId: string;
  node: string;
  kind: string;
  /** Of its node instance; a program may work where people do. */
  nodeKind: string;
  /** Null where nobody took it. */
  actor: string | null;
  status: ExecutionStatus;
  outcome: string | null;
  verdict: string | null;
  submissionId: string | null;
  /** Of what a program handed in or suggested. */
  payloadHash: string | null;
  confidence: number | null;
  code: string | null;
  detail: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  cost: number | null;
  startedAt: Date | null;
  endedAt: Date | null;
  dataTitle: string;
  dataHash: string;
}

const ofProgram = `id, attempt, pipeline_id, task_id, instance_id, node, kind, actor, status, result ->> 'outcome' as outcome,
  result -> 'submission' ->> 'id' as submission_id, result -> 'submission' ->> 'hash' as payload_hash, (result ->> 'confidence')::float8 as confidence, code, detail, input_tokens,
  output_tokens, cost, started_at, ended_at, started_at as listed_at`;

/** The same columns, of a node instance. */
const ofVisit = `id, visit, pipeline_id, task_id, id, node, kind, coalesce(performer, assignee), ${visitStatus}, outcome,
  submission_id, null, null::float8, case when outcome = 'timeout' then 'TIMEOUT' when ${visitStatus} = 'failed' then 'SUPERSEDED' end,
  null, null::int, null::int, null::float8,
  case when ${visitStatus} <> 'waiting' then coalesce(claimed_at, opened_at) end, finished_at, opened_at`;

const columns = `e.id, e.attempt, t.project_id as "projectId", e.task_id as "taskId", e.instance_id as "nodeInstanceId", e.node, e.kind,
  coalesce(n.kind, e.kind) as "nodeKind", e.actor, e.status, e.outcome, case when e.id = n.id then n.verdict end as verdict,
  e.submission_id as "submissionId", e.payload_hash as "payloadHash", e.confidence, e.code, e.detail, e.input_tokens as "inputTokens",
  e.output_tokens as "outputTokens", e.cost, e.started_at as "startedAt", e.ended_at as "endedAt",
  t.data_title as "dataTitle", t.data_hash as "dataHash"`;

const joined = 'e join tasks t on t.id = e.task_id left join node_instances n on n.id = e.instance_id';

/** The place of an execution in its list. */
export interface ExecutionCursor {
  id: string;
  attempt: number;
}

export interface ExecutionsAsked {
  pipelineId: string;
  node: string;
  /** Left out: all. */
  status?: ExecutionStatus | undefined;
  before?: ExecutionCursor | undefined;
  limit: number;
}

/** Those of the youngest tasks first. Each status is read by itself, so that what has another one is not passed over row by row. */
export async function executionsOfNode(pool: pg.Pool, asked: ExecutionsAsked): Promise<Execution[]> {
  const { pipelineId, node, status, before, limit } = asked;
  const text = `select ${columns} from (
    select one.* from unnest($3::text[]) as asked (status) cross join lateral (
      (select ${ofProgram} from executions
        where pipeline_id = $1 and node = $2 and status = asked.status and ($4::text is null or (id, attempt) < ($4, $5::int))
        order by id desc, attempt desc limit $6)
      union all
      (select ${ofVisit} from node_instances
        where pipeline_id = $1 and node = $2 and parent_id is null and (${visitStatus}) = asked.status and ($4::text is null or id < $4)
        order by id desc limit $6)
    ) as one order by id desc, attempt desc limit $6) ${joined}
    order by e.id desc, e.attempt desc`;
  const statuses = status === undefined ? executionStatuses : [status];
  const values = [pipelineId, node, statuses, before?.id ?? null, before?.attempt ?? null, limit];
  return (await pool.query<Execution>(text, values)).rows;
}

const sources = {
  programs: `kind = 'external'`,
  people: `kind <> 'external'`,
};

export type ExecutedBy = keyof typeof sources;
export const executedBy = Object.keys(sources) as [ExecutedBy, ...ExecutedBy[]];

/** A task's, oldest first: of programs, yours at external nodes among them, of people, or all. */
export async function executionsOfTask(pool: pg.Pool, taskId: string, by?: ExecutedBy): Promise<Execution[]> {
  const text = `select ${columns} from (
    select ${ofProgram} from executions where task_id = $1 ${by === 'people' ? 'and false' : ''}
    union all
    select ${ofVisit} from node_instances
     where task_id = $1 and parent_id is null and (${visitStatus}) is not null ${by ? `and ${sources[by]}` : ''}) ${joined}
    order by e.listed_at, e.id, e.attempt limit 1000`;
  return (await pool.query<Execution>(text, [taskId])).rows;
}

/** Of a program's attempts the last one. */
export async function findExecution(pool: pg.Pool, id: string): Promise<Execution | undefined> {
  const text = `select ${columns} from (
    select ${ofProgram} from executions where id = $1
    union all
    select ${ofVisit} from node_instances where id = $1 and parent_id is null and (${visitStatus}) is not null) ${joined}
    order by e.attempt desc limit 1`;
  return (await pool.query<Execution>(text, [id])).rows[0];
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
    select id, task_id, node from node_instances where project_id = $1 and id = any ($2) and parent_id is null
     order by 1`;
  return (await pool.query<ExecutionPlace>(text, [projectId, ids])).rows;
}
