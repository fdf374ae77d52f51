// What the examples together have to show: every kind of node, and every status that tasks and nodes can have.
import { nodeKinds } from '../../core/pipeline.js';
import { nodeStatuses, taskStatuses } from '../../core/state.js';
import type { ExampleResult } from './play-example.js';

type Shown = Pick<ExampleResult, 'nodeKinds' | 'nodeStatuses' | 'taskStatuses'>;

function missing(what: string, all: readonly string[], shown: readonly string[]): string[] {
  return all.filter((one) => !shown.includes(one)).map((one) => `no example shows ${what} ${one}`);
}

/** A line for everything that none of them shows. */
export function uncovered(results: readonly Shown[]): string[] {
  return [
    ...missing(
      'a node of the kind',
      nodeKinds,
      results.flatMap((result) => result.nodeKinds),
    ),
    ...missing(
      'a node that is',
      nodeStatuses,
      results.flatMap((result) => result.nodeStatuses),
    ),
    ...missing(
      'a task that is',
      taskStatuses,
      results.flatMap((result) => result.taskStatuses),
    ),
  ];
}
