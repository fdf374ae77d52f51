// A project whose pipelines have one node that a program works at, for tests of programs.
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { TestProject } from './project.js';
import { newProject } from './project.js';
import { until } from './until.js';

export const label = {
  type: 'object',
  required: ['label'],
  properties: { label: { type: 'string' } },
  additionalProperties: false,
};
export const cat = { label: 'cat' };
export const quick = { timeout: 'PT2S', retry: { attempts: 3, initial: 'PT0.1S' } };

export interface Task extends Record<string, unknown> {
  status: string;
  outcome: string | null;
  failure: string | null;
}

export interface Execution {
  attempt: number;
  status: string;
  code: string | null;
  cost: number | null;
  outcome: string | null;
}

/** start → one node → end, with the edges that are given besides; what fails ends discarded. */
export function only(node: object, edges: object[] = [{ from: 'it', to: 'done' }]) {
  return {
    name: `only ${randomUUID()}`,
    nodes: [
      { key: 'start', kind: 'start' },
      { key: 'it', ...node },
      { key: 'done', kind: 'end' },
      { key: 'lost', kind: 'end', outcome: 'discard' },
    ],
    edges: [{ from: 'start', to: 'it' }, ...edges, { from: 'it', on: 'failed', to: 'lost' }],
  };
}

export const withoutFailedEdge = (pipeline: ReturnType<typeof only>) => ({
  ...pipeline,
  nodes: pipeline.nodes.filter(({ key }) => key !== 'lost'),
  edges: pipeline.edges.filter((edge) => !('to' in edge) || edge.to !== 'lost'),
});

export async function programProject() {
  const { apiUrl, operatorKey } = inject('stack');
  const project: TestProject = await newProject(apiUrl, operatorKey);
  const taskOf = async (id: string): Promise<Task> => (await project.admin.get<Task>(`/tasks/${id}`)).body;
  return {
    project,
    taskOf,
    ended: (id: string): Promise<Task> =>
      until('the end of the task', async () => {
        const task = await taskOf(id);
        return task.status === 'finished' || task.status === 'failed' ? task : undefined;
      }),
    executionsOf: async (id: string): Promise<Execution[]> =>
      (await project.admin.get<{ items: Execution[] }>(`/tasks/${id}/executions?by=programs`)).body.items,
    run: async (pipeline: object, text = 'a picture of a dog'): Promise<string> =>
      project.task(await project.pipeline(pipeline), { data: { text } }),
  };
}
