// Makes members of the people of a rehearsal, each with an API key of their own.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { refused } from './api.js';
import { inLanes } from './lanes.js';
import type { Scene } from './scene.js';

export interface Person {
  name: string;
  role: string;
}

/** The API key of every person by name. */
export async function hire(scene: Scene, people: readonly Person[], lanes: number): Promise<Map<string, string>> {
  const { api, projectId, key } = scene;
  const run = randomUUID().slice(0, 8);
  const keys = new Map<string, string>();

  async function post(path: string, json: unknown): Promise<unknown> {
    const answer = await api.send({ method: 'POST', path: `/projects/${projectId}/${path}`, key, json });
    if (!answer.ok) throw refused(`POST ${path}`, answer);
    return answer.body;
  }

  await inLanes(lanes, people.entries(), async ([index, { name, role }]) => {
    const email = `${role}.${index + 1}.${run}@simulate.example`;
    const member = z.object({ id: z.string() }).parse(await post('members', { email, name, role }));
    const issued = await post('api-keys', { memberId: member.id, name: 'simulate' });
    keys.set(name, z.object({ apiKey: z.string() }).parse(issued).apiKey);
  });
  return keys;
}
