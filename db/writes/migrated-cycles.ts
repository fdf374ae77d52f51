// What came of a migration, cycle by cycle.
import type pg from 'pg';

export interface MigratedCycle {
  cycleId: string;
  taskId: string;
  outcome: 'moved' | 'movable' | 'stays' | 'ended';
  /** Why it stays, and the node that this is about. */
  reason?: string | null;
  node?: string | null;
}

/** A cycle that was looked at before is looked at anew. */
export async function noteCycles(pool: pg.Pool, migrationId: string, cycles: readonly MigratedCycle[]): Promise<void> {
  await pool.query(
    `insert into migrated_cycles (migration_id, cycle_id, task_id, outcome, reason, node)
     select $1, c."cycleId", c."taskId", c.outcome, c.reason, c.node
       from jsonb_to_recordset($2::jsonb) as c("cycleId" text, "taskId" text, outcome text, reason text, node text)
     on conflict (migration_id, cycle_id) do update set (outcome, reason, node) = (excluded.outcome, excluded.reason, excluded.node)`,
    [migrationId, JSON.stringify(cycles)],
  );
}

export async function finishMigration(pool: pg.Pool, id: string): Promise<void> {
  await pool.query(`update pipeline_migrations set status = 'finished', ended_at = now() where id = $1`, [id]);
}
