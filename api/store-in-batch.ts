// Stores the tasks of one request: as a batch of their own, or in an open batch that goes by a name.
import type pg from 'pg';
import { inTransaction } from '../db/connection.js';
import { findTasks, tasksOfBatch } from '../db/queries/tasks.js';
import type { TaskHome } from '../db/staging/tasks.js';
import { closeBatch, openBatch, openNamedBatch, storeTasks } from '../db/staging/tasks.js';
import { sha256 } from '../language/hashing.js';
import type { TaskDescription } from '../language/new-task.js';
import { newTask } from '../language/new-task.js';
import { newId } from './new-id.js';

type Home = Omit<TaskHome, 'batchId' | 'checkpoint'>;

export const batchIdOf = (updateId: string): string => `bat_${sha256(updateId).slice(0, 32)}`;

async function asBatch(pool: pg.Pool, home: Home, tasks: readonly TaskDescription[], updateId: string) {
  const batchId = batchIdOf(updateId);
  await openBatch(pool, { ...home, batchId, kind: 'api' });
  await storeTasks(
    pool,
    { ...home, batchId },
    tasks.map((task, row) => newTask(newId('tsk'), task, row)),
  );
  await closeBatch(pool, batchId);
  return (await tasksOfBatch(pool, batchId)).map(({ id }) => id);
}

/** Rows of a named batch come with many requests: a retry knows its tasks by their ids, wherever the batch stands by now. */
async function intoBatch(pool: pg.Pool, home: Home, tasks: readonly TaskDescription[], updateId: string, name: string) {
  const ids = tasks.map((_, row) => `tsk_${sha256(`${updateId}\n${String(row)}`).slice(0, 32)}`);
  if ((await findTasks(pool, ids)).length > 0) return ids;
  await inTransaction(pool, async (client) => {
    const batchId = await openNamedBatch(client, { ...home, batchId: newId('bat'), name });
    const rows = tasks.map((task, row) => ({ ...newTask(ids[row] ?? '', task, row), batchRow: null }));
    await storeTasks(client, { ...home, batchId }, rows);
  });
  return ids;
}

/** Answers with the tasks' ids, in their order; the same ones for every try. */
export const storeInBatch = (
  pool: pg.Pool,
  home: Home,
  tasks: readonly TaskDescription[],
  { updateId, name }: { updateId: string; name: string | undefined },
): Promise<string[]> =>
  name === undefined ? asBatch(pool, home, tasks, updateId) : intoBatch(pool, home, tasks, updateId, name);
