// A project of a test's own, with people, a pipeline and tasks, made through the API.
import { randomUUID } from 'node:crypto';
import type { Caller } from './http.js';
import { caller } from './http.js';

export interface Person extends Caller {
  id: string;
  key: string;
}

export interface TestProject {
  id: string;
  apiUrl: () => string;
  admin: Person;
  /** Adds a member with a key of their own. */
  person(role: string): Promise<Person>;
  /** Publishes a pipeline; answers with its id. */
  pipeline(definition: object): Promise<string>;
  /** Creates a task and waits until it can be worked on; answers with its id. */
  task(pipelineId: string, task?: object): Promise<string>;
}

const label = {
  type: 'object',
  required: ['label'],
  properties: { label: { type: 'string' } },
  additionalProperties: false,
};

/** labeling → review → complete. */
export const reviewed = (settings: { lease?: string; retain?: string; limits?: object; name?: string } = {}) => ({
  name: settings.name ?? `reviewed ${randomUUID()}`,
  nodes: [
    { key: 'start', kind: 'start' },
    {
      key: 'annotate',
      kind: 'labeling',
      form: label,
      settings: {
        ...(settings.lease === undefined ? {} : { lease: settings.lease }),
        ...(settings.retain === undefined ? {} : { retain: settings.retain }),
      },
    },
    { key: 'qa', kind: 'review', reviews: 'annotate', ...(settings.limits ? { limits: settings.limits } : {}) },
    { key: 'done', kind: 'end' },
  ],
  edges: [
    { from: 'start', to: 'annotate' },
    { from: 'annotate', on: 'complete', to: 'qa' },
    { from: 'qa', on: 'approve', to: 'done' },
  ],
});

export const voted = (slots: number, onDisagreement: 'tie' | 'escalate' = 'tie') => ({
  name: `voted ${randomUUID()}`,
  nodes: [
    { key: 'start', kind: 'start' },
    {
      key: 'vote',
      kind: 'consensus',
      form: label,
      overlap: { min: slots },
      policy: { kind: 'majority', fields: { label: 'exact' } },
      onDisagreement,
    },
    { key: 'done', kind: 'end' },
  ],
  edges: [
    { from: 'start', to: 'vote' },
    { from: 'vote', to: 'done' },
  ],
});

/** consensus → consensus_review → complete; `more` are settings of the vote. */
export const adjudicated = (more: object = {}, reviewing: object = {}) => {
  const { nodes, ...rest } = voted(2);
  const review = { key: 'judge', kind: 'consensus_review', reviews: 'vote', ...reviewing };
  return {
    ...rest,
    nodes: [
      ...nodes
        .slice(0, -1)
        .map((node) => (node.key === 'vote' ? { ...node, onDisagreement: 'adjudicate', ...more } : node)),
      review,
      ...nodes.slice(-1),
    ],
    edges: [
      { from: 'start', to: 'vote' },
      { from: 'vote', to: 'judge' },
      { from: 'judge', to: 'done' },
    ],
  };
};

/** Claims a slot and votes; answers with the slot. */
export async function vote1(person: Caller, pipelineId: string, taskId: string, label: string): Promise<string> {
  const item = await claimNext(person, pipelineId, { tasks: [taskId], nodes: ['vote'] });
  if (!item) throw new Error('no slot to vote on');
  expectStatus(await person.post(`/node-instances/${item.nodeInstanceId}/vote`, { values: { label } }), 200);
  return item.nodeInstanceId;
}

export function expectStatus(reply: { status: number; body: unknown }, status: number): void {
  if (reply.status !== status)
    throw new Error(`expected ${String(status)}, got ${String(reply.status)}: ${JSON.stringify(reply.body)}`);
}

export async function newProject(apiUrl: string | (() => string), operatorKey: string): Promise<TestProject> {
  const url = typeof apiUrl === 'string' ? () => apiUrl : apiUrl;
  const operator = caller(url, operatorKey);
  const created = await operator.post<{ id: string; apiKey: string; admin: { id: string } }>('/projects', {
    name: `project ${randomUUID()}`,
    admin: { email: 'admin@example.org' },
  });
  expectStatus(created, 201);
  const { id, apiKey } = created.body;
  const admin: Person = { ...caller(url, apiKey), id: created.body.admin.id, key: apiKey };

  return {
    id,
    apiUrl: url,
    admin,
    async person(role) {
      const email = `${role}-${randomUUID()}@example.org`;
      const member = await admin.post<{ id: string }>(`/projects/${id}/members`, { email, role });
      expectStatus(member, 201);
      const key = await admin.post<{ apiKey: string }>(`/projects/${id}/api-keys`, { memberId: member.body.id });
      expectStatus(key, 201);
      return { ...caller(url, key.body.apiKey), id: member.body.id, key: key.body.apiKey };
    },
    async pipeline(definition) {
      const reply = await admin.post<{ id: string }>(`/projects/${id}/pipelines`, definition);
      expectStatus(reply, 201);
      return reply.body.id;
    },
    async task(pipelineId, task = { data: { text: 'hello' } }) {
      const reply = await admin.post<{ id: string }>(`/pipelines/${pipelineId}/tasks`, task);
      expectStatus(reply, 201);
      return reply.body.id;
    },
  };
}

export interface WorkItem {
  nodeInstanceId: string;
  taskId: string;
  node: string;
  version: number;
  leaseUntil: string;
  status: string;
}

/** Claims the next work; undefined where there is none. */
export async function claimNext(person: Caller, pipelineId: string, ask: object = {}): Promise<WorkItem | undefined> {
  const reply = await person.post<{ items: WorkItem[] }>(`/pipelines/${pipelineId}/claim-next`, ask);
  expectStatus(reply, 200);
  return reply.body.items[0];
}

/** Claims and submits at the labeling node. */

/** Two labels side by side, each with a review of its own; both reviews reject. */
export function sideBySide() {
  const { name, nodes } = reviewed();
  const [start, annotate, qa, done] = nodes;
  return {
    name,
    nodes: [
      start,
      annotate,
      qa,
      { ...annotate, key: 'second' },
      { key: 'qa-second', kind: 'review', reviews: 'second' },
      done,
    ],
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'start', to: 'second' },
      { from: 'annotate', on: 'complete', to: 'qa' },
      { from: 'second', on: 'complete', to: 'qa-second' },
      { from: 'qa', on: 'approve', to: 'done' },
      { from: 'qa-second', on: 'approve', to: 'done' },
    ],
  };
}

export async function label1(person: Caller, pipelineId: string, taskId: string, value = 'x'): Promise<string> {
  const item = await claimNext(person, pipelineId, { tasks: [taskId], nodes: ['annotate'] });
  if (!item) throw new Error('nothing to label');
  expectStatus(await person.post(`/node-instances/${item.nodeInstanceId}/submit`, { values: { label: value } }), 200);
  return item.nodeInstanceId;
}

/** Claims the review and judges. */
export async function judge(
  person: Caller,
  pipelineId: string,
  taskId: string,
  verdict: 'approve' | 'reject',
): Promise<string> {
  const item = await claimNext(person, pipelineId, { tasks: [taskId], nodes: ['qa'] });
  if (!item) throw new Error('nothing to review');
  expectStatus(await person.post(`/node-instances/${item.nodeInstanceId}/${verdict}`, { comment: 'seen' }), 200);
  return item.nodeInstanceId;
}
