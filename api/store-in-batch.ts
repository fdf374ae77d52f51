// Stores the tasks of one request: as a batch of their own, or in an open batch that goes by a name.
import type pg from 'pg';
import { inTransaction } from '../db/connection.js';
import { findTasks, tasksOfBatch } from '../db/queries/tasks.js';
import type { Duplicate, NewTask, TaskHome } from '../db/staging/tasks.js';
import { closeBatch, openBatch, openNamedBatch, storeTasks } from '../db/staging/tasks.js';
import { derivedId } from '../language/hashing.js';
import type { TaskDescription } from '../language/new-task.js';
import { newTask } from '../language/new-task.js';
import { newId } from './new-id.js';
import { Refusal } from './problem.js';

type Home = Omit<TaskHome, 'batchId' | 'checkpoint'>;

export const batchIdOf = (updateId: string): string => derivedId('bat', updateId);

interface StoredInBatch {
  /** In the order of the tasks; the same ones for every try. */
  ids: string[];
  duplicates: Duplicate[];
}

/** All of them, or none where one is there already and the pipeline refuses that. */
async function store(client: pg.PoolClient, home: TaskHome, rows: readonly NewTask[]): Promise<Duplicate[]> {
  const { handling, duplicates } = await storeTasks(client, home, rows);
  if (handling !== 'refuse' || duplicates.length === 0) return duplicates;
  const problems = duplicates.map(({ id, existing }) => ({
    pointer: rows.length === 1 ? '' : `/tasks/${rows.findIndex((row) => row.id === id)}`,
    message: `the task ${existing} is there already`,
  }));
  throw new Refusal('DUPLICATE_TASK', undefined, { problems });
}

async function asBatch(
  pool: pg.Pool,
  home: Home,
  tasks: readonly TaskDescription[],
  updateId: string,
): Promise<StoredInBatch> {
  const batchId = batchIdOf(updateId);
  const rows = tasks.map((task, row) => newTask(newId('tsk'), task, row));
  const duplicates = await inTransaction(pool, async (client) => {
    await openBatch(client, { ...home, batchId, kind: 'api' });
    return store(client, { ...home, batchId }, rows);
  });
  await closeBatch(pool, batchId);
  return { ids: (await tasksOfBatch(pool, batchId)).map(({ id }) => id), duplicates };
}

/** Rows of a named batch come with many requests: a retry knows its tasks by their ids, wherever the batch stands by now. */
async function intoBatch(
  pool: pg.Pool,
  home: Home,
  tasks: readonly TaskDescription[],
  updateId: string,
  name: string,
): Promise<StoredInBatch> {
  const ids = tasks.map((_, row) => derivedId('tsk', updateId, row));
  if ((await findTasks(pool, ids)).length > 0) return { ids, duplicates: [] };
  const duplicates = await inTransaction(pool, async (client) => {
    const batchId = await openNamedBatch(client, { ...home, batchId: newId('bat'), name });
    const rows = tasks.map((task, row) => ({ ...newTask(ids[row] ?? '', task, row), batchRow: null }));
    return store(client, { ...home, batchId }, rows);
  });
  return { ids, duplicates };
}

export const storeInBatch = (
  pool: pg.Pool,
  home: Home,
  tasks: readonly TaskDescription[],
  { updateId, name }: { updateId: string; name: string | undefined },
): Promise<StoredInBatch> =>
  name === undefined ? asBatch(pool, home, tasks, updateId) : intoBatch(pool, home, tasks, updateId, name);
