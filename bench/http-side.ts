// The same cycles as people's programs drive them: POST tasks, claim-next, submit, claim-next by a reviewer, approve.
import { inLanes } from './figures.js';
import { call } from './http.js';
import type { Person } from './http.js';
import type { Scene } from './scene.js';

interface WorkItem {
  nodeInstanceId: string;
  taskId: string;
  status: string;
}

export interface HttpOptions {
  /** Tasks are there already. */
  stored?: boolean;
  /** Told how long each action took. */
  took?: (milliseconds: number) => void;
  look?: (answer: { taskId: string; nodeInstanceId: string; status: string }) => Promise<void>;
}

export async function runHttp(
  scene: Scene,
  cycles: number,
  atOnce: number,
  options: HttpOptions = {},
): Promise<number> {
  if (options.stored !== true) scene.asked.tasks += cycles;
  const numbers = [...Array(cycles).keys()];
  return inLanes(numbers, atOnce, (_, lane) => httpCycle(scene, lane, options));
}

/** Stores tasks in one request and waits until their work can be claimed. */
export async function storeTasks({ stack, home, adminKey, asked }: Scene, count: number): Promise<void> {
  asked.tasks += count;
  const tasks = Array.from({ length: count }, (_, row) => ({ data: { text: `item ${String(row)}` } }));
  await call(`${stack.apiUrl}/v1/pipelines/${home.pipelineId}/tasks`, { key: adminKey, body: { tasks } });
}

async function httpCycle(scene: Scene, lane: number, options: HttpOptions): Promise<void> {
  const { stack, home, annotators, reviewers, adminKey } = scene;
  const { stored = false, took, look } = options;
  const [annotator, reviewer] = [annotators[lane], reviewers[lane]];
  if (!annotator || !reviewer) throw new Error(`lane ${String(lane)} has nobody to work in it`);
  const pipeline = `${stack.apiUrl}/v1/pipelines/${home.pipelineId}`;
  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const began = performance.now();
    const answer = await work;
    took?.(performance.now() - began);
    return answer;
  };
  const next = async ({ key }: Person, node: string): Promise<string> => {
    for (;;) {
      const body = { nodes: [node], count: 1 };
      const { items } = await timed(call<{ items: WorkItem[] }>(`${pipeline}/claim-next`, { key, body }));
      const [item] = items;
      // Nothing right now: another lane holds the row that is left, and gives another one free in a moment.
      if (!item) continue;
      await look?.(item);
      return item.nodeInstanceId;
    }
  };
  const act = async ({ key }: Person, id: string, action: string, body: object): Promise<void> => {
    const answer = await timed(call<WorkItem>(`${stack.apiUrl}/v1/node-instances/${id}/${action}`, { key, body }));
    await look?.(answer);
  };
  if (!stored)
    await call(`${pipeline}/tasks`, { key: adminKey, body: { data: { text: `item of lane ${String(lane)}` } } });
  await act(annotator, await next(annotator, 'annotate'), 'submit', { values: { label: 'cat' } });
  await act(reviewer, await next(reviewer, 'qa'), 'approve', {});
}
