// Attempts of programs, as the programs' activity notes them.
import type pg from 'pg';
import type { ExecutionResult } from '../../core/programs.js';
import type { TaskIdentity } from '../../core/state.js';

export interface Run {
  execution: string;
  instance: string;
  node: string;
  kind: 'llm' | 'code' | 'gate' | 'chain';
  actor: string;
  task: TaskIdentity;
}

/** What a model's answer took. */
export interface Usage {
  inputTokens?: number;
  outputTokens?: number;
  /** USD. */
  cost?: number;
}

export interface Standing {
  /** Set where an earlier attempt succeeded: it is not made again. */
  result: ExecutionResult | null;
  failed: number;
  /** Of those: an answer came, and was of no use. */
  malformed: number;
}

export async function standingOf(pool: pg.Pool, execution: string): Promise<Standing> {
  const { rows } = await pool.query<Standing>(
    `select count(*) filter (where status = 'failed')::int as failed,
            count(*) filter (where status = 'failed' and code = 'MODEL_MALFORMED')::int as malformed,
            (array_agg(result) filter (where status = 'succeeded'))[1] as result
       from executions where id = $1`,
    [execution],
  );
  return rows[0] ?? { failed: 0, malformed: 0, result: null };
}

/** The number of the attempt that begins now. One that never ended, as its worker died, is taken over. */
export async function openAttempt(pool: pg.Pool, run: Run, attempt: number): Promise<void> {
  const { execution, instance, node, kind, actor, task } = run;
  await pool.query(
    `insert into executions (id, attempt, project_id, pipeline_id, task_id, instance_id, node, kind, actor, status, started_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'running', now())
     on conflict (id, attempt) do update set started_at = excluded.started_at`,
    [execution, attempt, task.projectId, task.pipelineId, task.taskId, instance, node, kind, actor],
  );
}

type Ending =
  { status: 'succeeded'; result: ExecutionResult } | { status: 'failed'; code: string; detail?: string | undefined };

export async function closeAttempt(
  pool: pg.Pool,
  execution: string,
  attempt: number,
  ending: Ending,
  { inputTokens, outputTokens, cost }: Usage,
): Promise<void> {
  const result = ending.status === 'succeeded' ? JSON.stringify(ending.result) : null;
  const [code, detail] = ending.status === 'failed' ? [ending.code, ending.detail] : [];
  await pool.query(
    `update executions set status = $3, result = $4, code = $5, detail = $6, input_tokens = $7, output_tokens = $8, cost = $9,
            ended_at = now()
      where id = $1 and attempt = $2`,
    [
      execution,
      attempt,
      ending.status,
      result,
      code ?? null,
      detail?.slice(0, 2_000) ?? null,
      inputTokens ?? null,
      outputTokens ?? null,
      cost ?? null,
    ],
  );
}
