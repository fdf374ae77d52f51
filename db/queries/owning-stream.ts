// Who decides about work that is done: a rework child while it is open, then its cycle, and then the task's next one.
import type pg from 'pg';
import { taskCommandWorkflowId } from '../../core/ids.js';

export interface OwningStream {
  isOpen: boolean;
  /** The task's present cycle. */
  cycleId: string;
  isCycleOpen: boolean;
  /** The command was done before, on the task as it had ended. */
  wasDone: boolean;
}

export async function owningStream(
  pool: pg.Pool,
  { streamId, taskId }: { streamId: string; taskId: string },
  commandId: string,
): Promise<OwningStream | undefined> {
  const text = `select s.status = 'open' as "isOpen", t.cycle_id as "cycleId", now.ended_at is null as "isCycleOpen",
                       (exists (select 1 from cycles own where own.task_id = t.id and own.command_id = $2)
                        or exists (select 1 from streams done where done.id = $3)) as "wasDone"
                  from streams s join cycles c on c.id = s.cycle_id join tasks t on t.id = c.task_id join cycles now on now.id = t.cycle_id
                 where s.id = $1`;
  return (await pool.query<OwningStream>(text, [streamId, commandId, taskCommandWorkflowId(taskId, commandId)]))
    .rows[0];
}
