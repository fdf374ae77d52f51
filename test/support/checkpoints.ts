// Pipelines with checkpoints, their batches, and what tests look at.
import { randomUUID } from 'node:crypto';
import type { Caller } from './http.js';
import type { TestProject, WorkItem } from './project.js';
import { expectStatus } from './project.js';
import { until } from './until.js';

const form = { type: 'object', properties: { label: { type: 'string' } } };

/** start → annotate → all, which starts `merge` in a cycle of its own; items go on to `more` or end. */
export const gathered = (per: 'task' | 'assignment', { goesOn = false, reviewed = false } = {}) => ({
  name: `gathered ${randomUUID()}`,
  nodes: [
    { key: 'start', kind: 'start' },
    { key: 'annotate', kind: 'labeling', form },
    ...(reviewed ? [{ key: 'qa', kind: 'review', reviews: 'annotate' }] : []),
    { key: 'all', kind: 'checkpoint', of: 'annotate', per },
    { key: 'merge', kind: 'labeling', form },
    ...(goesOn ? [{ key: 'more', kind: 'labeling', form }] : []),
    { key: 'done', kind: 'end' },
  ],
  edges: [
    { from: 'start', to: 'annotate' },
    { from: 'annotate', on: 'complete', to: reviewed ? 'qa' : 'all' },
    ...(reviewed ? [{ from: 'qa', on: 'approve', to: 'all' }] : []),
    { from: 'all', to: 'merge' },
    ...(goesOn
      ? [
          { from: 'all', on: 'item', to: 'more' },
          { from: 'more', to: 'done' },
        ]
      : []),
    { from: 'merge', to: 'done' },
  ],
});

/** What is broken goes to code that can't be run. */
export const withBroken = () => {
  const { nodes, edges, ...rest } = gathered('task');
  return {
    ...rest,
    nodes: [
      ...nodes,
      { key: 'which', kind: 'gate', branches: [{ outcome: 'broken', when: 'has(data.broken)' }], otherwise: 'fine' },
      { key: 'mend', kind: 'code', function: 'nowhere' },
    ],
    edges: [
      ...edges.map((edge) => (edge.from === 'start' ? { from: 'which', on: 'fine', to: edge.to } : edge)),
      { from: 'start', to: 'which' },
      { from: 'which', on: 'broken', to: 'mend' },
      { from: 'mend', to: 'all' },
    ],
  };
};

/** Beside what is gathered, something else is to be done. */
export const withSideBranch = () => {
  const { nodes, edges, ...rest } = gathered('task');
  return {
    ...rest,
    nodes: [...nodes, { key: 'side', kind: 'labeling', form }],
    edges: [...edges, { from: 'start', to: 'side' }, { from: 'side', to: 'done' }],
  };
};

export interface TaskView {
  id: string;
  status: string;
  outcome: string | null;
  nodes: string[];
  batchId: string | null;
  data: Record<string, unknown>;
}

/** What the cycle that a checkpoint started is about. */
export interface Context {
  kind: string;
  batch: string;
  node: string;
  assignee?: string;
  itemCount: number;
  items: { taskId: string; submissionId: string | null }[];
  itemsUrl: string;
}

/** `data` is that of the first ones. */
export async function batchOf(
  project: TestProject,
  pipeline: string,
  size: number,
  name?: string,
  data: object[] = [],
): Promise<TaskView[]> {
  const tasks = Array.from({ length: size }, (_, index) => ({
    data: data[index] ?? { text: `item ${String(index)}` },
  }));
  const body = { tasks, ...(name === undefined ? {} : { batch: name }) };
  const reply = await project.admin.post<{ items: TaskView[] }>(`/pipelines/${pipeline}/tasks`, body);
  expectStatus(reply, 201);
  return reply.body.items;
}

export async function tasksOf(project: TestProject, pipeline: string): Promise<TaskView[]> {
  const tasks: TaskView[] = [];
  for (let token = ''; ;) {
    const { body } = await project.admin.get<{ items: TaskView[]; nextPageToken: string | null }>(
      `/pipelines/${pipeline}/tasks?limit=500${token}`,
    );
    tasks.push(...body.items);
    if (body.nextPageToken === null) return tasks;
    token = `&pageToken=${body.nextPageToken}`;
  }
}

export async function contextsOf(project: TestProject, pipeline: string): Promise<(TaskView & { data: Context })[]> {
  const all = await tasksOf(project, pipeline);
  return all.filter(({ batchId }) => batchId === null) as unknown as (TaskView & { data: Context })[];
}

export interface BatchView {
  id: string;
  name: string | null;
  status: string;
  statuses: Record<string, number>;
  atNode?: Record<string, number>;
  checkpoints: {
    node: string;
    assignee: string | null;
    coming: number;
    arrived: number;
    fired: { items: number; contextTaskId: string }[];
  }[];
}

export async function batchView(project: TestProject, batchId: string | null, query = ''): Promise<BatchView> {
  const { body } = await project.admin.get<{ items: BatchView[] }>(`/projects/${project.id}/batches?limit=100${query}`);
  const found = body.items.find(({ id }) => id === batchId);
  if (!found) throw new Error(`no batch ${String(batchId)}`);
  return found;
}

/** The batch knows of so many items that wait at its checkpoint. */
export const untilArrived = (project: TestProject, batchId: string | null, count: number): Promise<boolean> =>
  until(`${String(count)} to have arrived`, async () => {
    const { checkpoints } = await batchView(project, batchId);
    return checkpoints.reduce((sum, { arrived }) => sum + arrived, 0) === count;
  });

const patienceMs = 120_000;

/** Asks again, with the same key, while the answer is on its way: many people at once on a small machine. */
export async function patiently<T>(person: Caller, path: string, body: object): Promise<T> {
  const key = { 'idempotency-key': randomUUID() };
  const ask = async () => {
    const asked = await person.post<T>(path, body, key);
    return asked.status === 202 ? undefined : asked;
  };
  const reply = await until(`an answer of ${path}`, ask, patienceMs);
  expectStatus(reply, 200);
  return reply.body;
}

/** Claims what there is at `annotate`, so much at most, and hands it in. */
export async function annotates(person: Caller, pipeline: string, atMost = Infinity): Promise<string[]> {
  const done: string[] = [];
  while (done.length < atMost) {
    const { items } = await patiently<{ items: WorkItem[] }>(person, `/pipelines/${pipeline}/claim-next`, {
      nodes: ['annotate'],
    });
    const [item] = items;
    if (!item) break;
    await patiently(person, `/node-instances/${item.nodeInstanceId}/submit`, { values: { label: 'x' } });
    done.push(item.taskId);
  }
  return done;
}

/** What the one checkpoint of a pipeline has started, once that is there. */
export const untilFired = (project: TestProject, pipeline: string, count = 1) =>
  until(`${String(count)} contexts`, async () => {
    const contexts = await contextsOf(project, pipeline);
    return contexts.length === count && contexts.every(({ nodes, status }) => nodes.length > 0 || status === 'finished')
      ? contexts
      : undefined;
  });
