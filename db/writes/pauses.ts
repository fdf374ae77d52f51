// Pauses and resumes of pipelines and of their nodes: one row each time, however many tasks are open (ADR 20).
import type pg from 'pg';
import type { Standing } from '../queries/pipelines.js';
import { standingColumns } from '../queries/pipelines.js';

export interface PauseAsked {
  mode?: 'drain' | 'hard' | undefined;
  keepTriggers?: boolean | undefined;
}

const wallMs = 'floor(extract(epoch from now()) * 1000)::bigint';
/** The pipeline's running clock. */
const runningMs = `(coalesce(floor(extract(epoch from p.paused_at) * 1000)::bigint, ${wallMs}) - p.paused_total_ms)`;

async function changed(pool: pg.Pool, text: string, values: unknown[]): Promise<Standing> {
  // Where nothing is to be changed, it stands as it is.
  const { rows } = await pool.query<Standing>(`${text} returning ${standingColumns}`, values);
  if (rows[0]) return rows[0];
  const present = await pool.query<Standing>(`select ${standingColumns} from pipelines p where id = $1`, [values[0]]);
  if (!present.rows[0]) throw new Error('the pipeline is gone');
  return present.rows[0];
}

/** One that is paused already takes what else is asked, and keeps its time. */
export async function pausePipeline(pool: pg.Pool, id: string, { mode, keepTriggers }: PauseAsked): Promise<Standing> {
  return changed(
    pool,
    `update pipelines p set paused_at = coalesce(p.paused_at, date_trunc('milliseconds', now())), pause_turns = p.pause_turns + 1,
            pause_mode = coalesce($2, p.pause_mode, 'drain'), keep_triggers = coalesce($3, p.keep_triggers), to_wake = null, woken = null
      where p.id = $1
        and (p.paused_at is null or p.pause_mode is distinct from coalesce($2, p.pause_mode)
             or p.keep_triggers <> coalesce($3, p.keep_triggers))`,
    [id, mode ?? null, keepTriggers ?? null],
  );
}

export async function resumePipeline(pool: pg.Pool, id: string): Promise<Standing> {
  return changed(
    pool,
    `update pipelines p set paused_at = null, pause_turns = p.pause_turns + 1, pause_mode = null, keep_triggers = false,
            paused_total_ms = p.paused_total_ms + greatest(0, ${wallMs} - floor(extract(epoch from p.paused_at) * 1000)::bigint)
      where p.id = $1 and p.paused_at is not null`,
    [id],
  );
}

export async function pauseNode(pool: pg.Pool, id: string, node: string): Promise<Standing> {
  return changed(
    pool,
    `update pipelines p set pause_turns = p.pause_turns + 1, to_wake = null, woken = null,
            node_pauses = p.node_pauses || jsonb_build_object($2::text, jsonb_build_object(
              'pausedTotalMs', coalesce((p.node_pauses -> $2 ->> 'pausedTotalMs')::bigint, 0), 'pausedAtMs', ${runningMs}))
      where p.id = $1 and (p.node_pauses -> $2 ->> 'pausedAtMs') is null`,
    [id, node],
  );
}

export async function resumeNode(pool: pg.Pool, id: string, node: string): Promise<Standing> {
  return changed(
    pool,
    `update pipelines p set pause_turns = p.pause_turns + 1, to_wake = null, woken = null,
            node_pauses = p.node_pauses || jsonb_build_object($2::text, jsonb_build_object(
              'pausedTotalMs', (p.node_pauses -> $2 ->> 'pausedTotalMs')::bigint
                + greatest(0, ${runningMs} - (p.node_pauses -> $2 ->> 'pausedAtMs')::bigint)))
      where p.id = $1 and (p.node_pauses -> $2 ->> 'pausedAtMs') is not null`,
    [id, node],
  );
}

/** How far a resume has got. */
export async function noteWoken(pool: pg.Pool, id: string, toWake: number, woken: number): Promise<void> {
  await pool.query('update pipelines set to_wake = $2, woken = $3 where id = $1', [id, toWake, woken]);
}
