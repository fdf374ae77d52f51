// Changes of tasks by people who say which version they saw: of two that saw the same one, the first is let in.
import type pg from 'pg';

interface Change {
  taskId: string;
  version: number;
  commandId: string;
}

/** As long as a command may be on its way. */
const underWay = `interval '30 seconds'`;

/** False where the task is at another version, or another change of this version is under way. The same command is let in again. */
export async function beginChange(pool: pg.Pool, { taskId, version, commandId }: Change): Promise<boolean> {
  // The lock waits for a record that is being written: it may be the other change's.
  const { rowCount } = await pool.query(
    `with seen as (select id, version from tasks where id = $1 and version = $2 for share)
     insert into task_changes as known (task_id, version, command_id, until)
     select id, version, $3, now() + ${underWay} from seen
     on conflict (task_id) do update set (version, command_id, until) = (excluded.version, excluded.command_id, excluded.until)
      where known.version <> excluded.version or known.command_id = excluded.command_id or known.until < now()`,
    [taskId, version, commandId],
  );
  return rowCount === 1;
}

/** It has had its effect, which is another version; or it has none, and others may. */
export async function endChange(pool: pg.Pool, { taskId, commandId }: Omit<Change, 'version'>): Promise<void> {
  await pool.query('delete from task_changes where task_id = $1 and command_id = $2', [taskId, commandId]);
}
