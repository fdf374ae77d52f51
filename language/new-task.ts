// A task as a client describes it → the row that is stored.
import { cycleIdOf } from '../core/ids.js';
import type { NewTask } from '../db/staging/tasks.js';
import { hashOfValues } from './hashing.js';

const titleLength = 120;

/** The first text of the data, for lists. */
function titleOf(data: Record<string, unknown>): string {
  const text = Object.values(data).find((value) => typeof value === 'string' && value.trim() !== '');
  const title = typeof text === 'string' ? text.trim() : JSON.stringify(data);
  return title.length > titleLength ? `${title.slice(0, titleLength - 1)}…` : title;
}

/** What a client, or a chain, says of a task. */
export interface TaskDescription {
  data: Record<string, unknown>;
  externalId?: string | undefined;
  dataHash?: string | undefined;
  dataTitle?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  gold?: unknown;
  overlap?: number | undefined;
  priority?: number | undefined;
  dueAt?: string | undefined;
  tags?: string[] | undefined;
  /** Where its cycle begins. */
  startNode?: string | undefined;
}

export function newTask(id: string, task: TaskDescription, batchRow: number | null): NewTask {
  return {
    id,
    cycleId: cycleIdOf(id, 1),
    batchRow,
    startNode: task.startNode,
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
