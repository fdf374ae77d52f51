// Makes members of the people of a rehearsal, each with an API key of their own.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { refused } from './api.js';
import { inLanes } from '../lanes.js';
import type { Scene } from './scene.js';

export interface Person {
  name: string;
  role: string;
}

export interface Member {
  id: string;
  /** Of the API. */
  key: string;
}

type Project = Pick<Scene, 'api' | 'projectId' | 'key'>;

/** A pipeline may say `@name` where it wants the member id of somebody of the crew. */
export const named = (pipeline: string, staff: ReadonlyMap<string, Member>): string =>
  pipeline.replace(/@([a-z0-9][a-z0-9_-]*)/g, (said, name: string) => staff.get(name)?.id ?? said);

/** Every person by name. */
export async function hire(project: Project, people: readonly Person[], lanes: number): Promise<Map<string, Member>> {
  const { api, projectId, key } = project;
  const run = randomUUID().slice(0, 8);
  const staff = new Map<string, Member>();

  async function post(path: string, json: unknown): Promise<unknown> {
    const answer = await api.send({ method: 'POST', path: `/projects/${projectId}/${path}`, key, json });
    if (!answer.ok) throw refused(`POST ${path}`, answer);
    return answer.body;
  }

  await inLanes(lanes, people.entries(), async ([index, { name, role }]) => {
    const email = `${role}.${index + 1}.${run}@simulate.example`;
    const member = z.object({ id: z.string() }).parse(await post('members', { email, name, role }));
    const issued = await post('api-keys', { memberId: member.id, name: 'simulate' });
    staff.set(name, { id: member.id, key: z.object({ apiKey: z.string() }).parse(issued).apiKey });
  });
  return staff;
}
