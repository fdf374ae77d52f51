// A task as a client describes it → the row that is stored.
import { cycleIdOf } from '../core/ids.js';
import type { NewTask } from '../db/staging/tasks.js';
import type { CreateTask } from './contract/tasks.js';
import { hashOfValues } from './hashing.js';
import { newId } from './new-id.js';

const titleLength = 120;

/** The first text of the data, for lists. */
function titleOf(data: Record<string, unknown>): string {
  const text = Object.values(data).find((value) => typeof value === 'string' && value.trim() !== '');
  const title = typeof text === 'string' ? text.trim() : JSON.stringify(data);
  return title.length > titleLength ? `${title.slice(0, titleLength - 1)}…` : title;
}

export function newTask(task: CreateTask, batchRow: number): NewTask {
  const id = newId('tsk');
  return {
    id,
    cycleId: cycleIdOf(id, 1),
    batchRow,
    externalId: task.externalId ?? null,
    data: task.data,
    dataHash: task.dataHash ?? hashOfValues(task.data),
    dataTitle: task.dataTitle ?? titleOf(task.data),
    metadata: task.metadata ?? {},
    gold: task.gold,
    overlap: task.overlap ?? null,
    priority: task.priority ?? 0.5,
    dueAt: task.dueAt ?? null,
    tags: task.tags ?? [],
  };
}
