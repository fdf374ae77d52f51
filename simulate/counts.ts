// How many tasks are where, as the API counts them.
import { z } from 'zod';
import type { Scene } from './scene.js';

type Place = Pick<Scene, 'api' | 'pipelineId' | 'key'>;

const counted = z.object({
  items: z.array(z.object({ status: z.string(), outcome: z.string().nullable(), count: z.coerce.number() })),
});

export interface Counts {
  statuses: Record<string, number>;
  /** Of the finished ones. */
  outcomes: Record<string, number>;
  /** Tasks that are neither ended nor held. */
  open: number;
  held: number;
}

const ended = new Set(['finished', 'failed']);
export const heldStatuses: readonly string[] = ['escalated', 'quarantined'];

/** Of a pipeline. */
export async function countTasks({ api, pipelineId, key }: Place): Promise<Counts> {
  const { items } = counted.parse(await api.get(`/pipelines/${pipelineId}/counts`, key));
  const counts: Counts = { statuses: {}, outcomes: {}, open: 0, held: 0 };
  const add = (where: Record<string, number>, name: string, count: number): void => {
    where[name] = (where[name] ?? 0) + count;
  };
  for (const { status, outcome, count } of items) {
    add(counts.statuses, status, count);
    if (outcome !== null) add(counts.outcomes, outcome, count);
    if (heldStatuses.includes(status)) counts.held += count;
    else if (!ended.has(status)) counts.open += count;
  }
  return counts;
}

/** Of every pipeline of the scene. */
export async function countAllTasks(scene: Scene): Promise<Pick<Counts, 'open' | 'held'> & { each: Counts[] }> {
  // One after another: who chains tasks on is counted before who gets them, so that none is missed on its way.
  const each: Counts[] = [];
  for (const { id } of scene.pipelines) each.push(await countTasks({ ...scene, pipelineId: id }));
  const sum = (of: 'open' | 'held'): number => each.reduce((total, counts) => total + counts[of], 0);
  return { each, open: sum('open'), held: sum('held') };
}

const page = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      outcome: z.string().nullable(),
      nodes: z.array(z.string()),
      version: z.number(),
    }),
  ),
  nextPageToken: z.string().nullable(),
});

export type ListedTask = z.infer<typeof page>['items'][number];

/** Every task of the pipeline, or those with a status. */
export async function* listTasks({ api, pipelineId, key }: Place, status?: string): AsyncGenerator<ListedTask> {
  const filter = status === undefined ? '' : `&status=${status}`;
  let token: string | null = '';
  while (token !== null) {
    const from: string = token === '' ? '' : `&pageToken=${token}`;
    const { items, nextPageToken } = page.parse(
      await api.get(`/pipelines/${pipelineId}/tasks?limit=500${filter}${from}`, key),
    );
    yield* items;
    token = nextPageToken;
  }
}
