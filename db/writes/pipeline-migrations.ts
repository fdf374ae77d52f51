// A migration that was asked for; the workflow that carries it out notes what comes of it.
import type pg from 'pg';
import type { Migration } from '../queries/pipeline-migrations.js';

type NewMigration = Omit<Migration, 'status' | 'createdAt' | 'endedAt'>;

/** One that was added before, by an earlier try of the same request, is left as it is. */
export async function addMigration(pool: pg.Pool, migration: NewMigration): Promise<void> {
  const { id, projectId, pipelineId, fromVersion, toVersion, dryRun, startedBy } = migration;
  await pool.query(
    `insert into pipeline_migrations (id, project_id, pipeline_id, from_version, to_version, dry_run, status, started_by)
     values ($1, $2, $3, $4, $5, $6, 'running', $7) on conflict (id) do nothing`,
    [id, projectId, pipelineId, fromVersion, toVersion, dryRun, startedBy],
  );
}
