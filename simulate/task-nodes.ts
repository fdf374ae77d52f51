// The nodes of a task as the API shows them to an admin.
import { z } from 'zod';
import type { Scene } from './scene.js';

const instance = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  visit: z.number(),
  status: z.string(),
  outcome: z.string().nullable().default(null),
  verdict: z.string().nullable().default(null),
  submission: z.object({ values: z.unknown() }).nullable().default(null),
  review: z
    .object({
      issueTags: z.array(z.string()).nullish(),
      fieldVerdicts: z.array(z.object({ field: z.string(), verdict: z.string() })).nullish(),
    })
    .nullable()
    .default(null),
  result: z
    .object({ values: z.unknown(), tied: z.array(z.unknown()).optional() })
    .nullable()
    .default(null),
});

const nodes = z.object({
  items: z.array(z.object({ node: z.string(), kind: z.string(), status: z.string(), instances: z.array(instance) })),
});

export type TaskNode = z.infer<typeof nodes>['items'][number];

export async function nodesOf({ api, key }: Pick<Scene, 'api' | 'key'>, taskId: string): Promise<TaskNode[]> {
  return nodes.parse(await api.get(`/tasks/${taskId}/nodes`, key)).items;
}
