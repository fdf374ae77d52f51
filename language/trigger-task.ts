// What a trigger was fired with → the task that it makes: always the same one for the same firing.
import type { Firing, TriggerTask } from '../core/entry.js';
import { isObject } from '../core/json.js';
import type { NewTask } from '../db/staging/tasks.js';
import { evaluate } from './expressions.js';
import { derivedId } from './hashing.js';
import { newTask } from './new-task.js';
import { taskShape } from './task-shape.js';

/** Pipelines that set each other off in a circle would never end. */
const deepest = 20;

const depthIn = (from: unknown): number => (isObject(from) && typeof from['depth'] === 'number' ? from['depth'] : 0);

const nothing = { id: '', externalId: null, title: '', priority: 0.5, tags: [] };

function described({ data, externalId, priority, tags }: TriggerTask, firing: Firing) {
  const scope = { data: firing.data, metadata: firing.metadata, task: firing.task ?? nothing, results: {}, inputs: {} };
  const key = externalId === undefined ? firing.task?.externalId : evaluate(externalId, scope);
  return {
    data: data
      ? Object.fromEntries(Object.entries(data).map(([field, text]) => [field, evaluate(text, scope)]))
      : firing.data,
    ...(key === undefined || key === null ? {} : { externalId: typeof key === 'string' ? key : JSON.stringify(key) }),
    ...(priority === undefined ? {} : { priority }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/** The task, or why there is none. */
export function taskOfFiring(
  trigger: { id: string; node: string; task: TriggerTask },
  firing: Firing,
): { task: NewTask } | { problem: string } {
  const { triggeredFrom, chainedFrom, ...metadata } = firing.metadata;
  const depth = Math.max(depthIn(triggeredFrom), depthIn(chainedFrom)) + 1;
  if (depth > deepest) return { problem: `CHAIN_TOO_DEEP: more than ${deepest} pipelines in a row` };
  const from = { triggerId: trigger.id, depth, ...(firing.task ? { taskId: firing.task.id } : {}) };
  try {
    const parsed = taskShape.safeParse(described(trigger.task, firing));
    const issue = parsed.error?.issues[0];
    if (!parsed.data) return { problem: `RESULT_MALFORMED: /${issue?.path.join('/') ?? ''}: ${issue?.message ?? ''}` };
    const id = derivedId('tsk', 'trigger', trigger.id, firing.key);
    const about = { metadata: { ...metadata, triggeredFrom: from }, startNode: trigger.node };
    return { task: newTask(id, { ...parsed.data, ...about }, null) };
  } catch (error) {
    return { problem: `EXPRESSION_FAILED: ${error instanceof Error ? error.message : String(error)}` };
  }
}
