// Edits of a task: its own row, and the rank of its work that is queued.
import type pg from 'pg';
import type { StreamRecord } from '../../core/record.js';

export async function applyEdits(client: pg.PoolClient, { task, events }: StreamRecord): Promise<void> {
  for (const event of events) {
    if (event.type !== 'edited') continue;
    const { priority = null, tags = null } = event.edit;
    await client.query('update tasks set priority = coalesce($2, priority), tags = coalesce($3, tags) where id = $1', [
      task.taskId,
      priority,
      tags,
    ]);
    if (priority === null) continue;
    await client.query('update node_instances set rank = $2 where task_id = $1 and open_slots > 0', [
      task.taskId,
      priority,
    ]);
  }
}
