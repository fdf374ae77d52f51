// Reads a whole project through the API: an example has one of its own, and its tasks may be in several pipelines.
import { z } from 'zod';
import { listTasks } from '../counts.js';
import type { ListedTask } from '../counts.js';
import type { Scene } from '../scene.js';

const page = z.object({ items: z.array(z.object({ id: z.string() })) });

export async function* tasksOfProject(scene: Scene): AsyncGenerator<ListedTask> {
  const { items } = page.parse(await scene.api.get(`/projects/${scene.projectId}/pipelines?limit=500`, scene.key));
  for (const { id } of items) yield* listTasks({ ...scene, pipelineId: id });
}

const entries = z.object({
  items: z.array(
    z.object({ type: z.string(), superseded: z.boolean(), detail: z.object({ status: z.string().optional() }) }),
  ),
  nextPageToken: z.string().nullable(),
});

export type TimelineEntry = z.infer<typeof entries>['items'][number];

/** What happened to a task, without what a later record replaced. */
export async function timelineOf({ api, key }: Scene, taskId: string): Promise<TimelineEntry[]> {
  const all: TimelineEntry[] = [];
  for (let token: string | null = ''; token !== null;) {
    const from: string = token === '' ? '' : `&pageToken=${token}`;
    const { items, nextPageToken } = entries.parse(await api.get(`/tasks/${taskId}/timeline?limit=500${from}`, key));
    all.push(...items.filter(({ superseded }) => !superseded));
    token = nextPageToken;
  }
  return all;
}

const runs = z.object({ items: z.array(z.object({ status: z.string(), code: z.string().nullable() })) });

/** Every attempt of a program at a task. */
export async function runsOf({ api, key }: Scene, taskId: string): Promise<z.infer<typeof runs>['items']> {
  return runs.parse(await api.get(`/tasks/${taskId}/executions?by=programs`, key)).items;
}

const cycles = z.object({ items: z.array(z.object({ mode: z.string(), status: z.string() })) });

/** Every way that a task has gone through its pipeline. */
export async function cyclesOf({ api, key }: Scene, taskId: string): Promise<z.infer<typeof cycles>['items']> {
  return cycles.parse(await api.get(`/tasks/${taskId}/cycles`, key)).items;
}

const threads = z.object({ items: z.array(z.object({ status: z.string(), commentCount: z.number() })) });

export type Thread = z.infer<typeof threads>['items'][number];

/** What was talked about at a task. */
export async function threadsOf({ api, key }: Scene, taskId: string): Promise<Thread[]> {
  return threads.parse(await api.get(`/tasks/${taskId}/threads?limit=500`, key)).items;
}
