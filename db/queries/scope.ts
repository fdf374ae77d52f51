// What expressions and programs see of a task: its data, and the values that earlier nodes handed in.
import type pg from 'pg';

export interface TaskData {
  id: string;
  externalId: string | null;
  title: string;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  priority: number;
  tags: string[];
}

export async function taskData(pool: pg.Pool, taskId: string): Promise<TaskData | undefined> {
  const text = `select id, external_id as "externalId", data_title as title, data, metadata, priority, tags from tasks where id = $1`;
  return (await pool.query<TaskData>(text, [taskId])).rows[0];
}

/** By hash. */
export async function payloadsOf(
  pool: pg.Pool,
  projectId: string,
  hashes: readonly string[],
): Promise<Map<string, unknown>> {
  const { rows } = await pool.query<{ hash: string; values: unknown }>(
    'select hash, values from payloads where project_id = $1 and hash = any ($2::text[])',
    [projectId, hashes],
  );
  return new Map(rows.map(({ hash, values }) => [hash, values]));
}
