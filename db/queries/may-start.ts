// Whether what starts by itself may start something in a pipeline now: the one place where seeders and triggers ask.
import type pg from 'pg';

export async function mayStart(client: pg.Pool | pg.PoolClient, pipelineId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from pipelines where id = $1 and (paused_at is null or keep_triggers)',
    [pipelineId],
  );
  return rowCount === 1;
}
