// One row of an import, whatever it is written in: a task, or what is wrong with it.
import type { CreateTask } from './contract/tasks.js';
import { createTask } from './contract/tasks.js';
import { problemsOf } from './problem.js';

export interface RowProblem {
  /** Of the file, counted from 1; the header of a CSV is line 1. */
  line: number;
  message: string;
}

export type ImportedRow = { row: number; line: number; task: CreateTask } | { row: number; problem: RowProblem };

/** Bytes of one row; 1 MB is what a task may have over JSON too. */
export const longestRow = 1_000_000;

export function taskOfLine(described: unknown, row: number, line: number): ImportedRow {
  const parsed = createTask.safeParse(described);
  if (parsed.success) return { row, line, task: parsed.data };
  const message = problemsOf(parsed.error)
    .map(({ pointer, message: why }) => (pointer === '' ? why : `${pointer.slice(1)}: ${why}`))
    .join('; ');
  return { row, problem: { line, message } };
}
