// What a manager of the crew changes while the others work: settings of nodes, or the pipeline itself.
import { z } from 'zod';
import type { Api, Call } from './api.js';
import { refused } from './api.js';
import type { Manager } from './crew.js';
import type { Floor } from './floor.js';
import { rest } from './floor.js';

const lookEveryMs = 20;
const begun = z.object({ id: z.string() });
const migration = z.object({ status: z.string(), counts: z.record(z.string(), z.number()) });

async function sent(api: Api, call: Call): Promise<unknown> {
  const answer = await api.send(call);
  if (!answer.ok) throw refused(`${call.method ?? 'GET'} ${call.path}`, answer);
  return answer.body;
}

async function migrate(floor: Floor, pipeline: string, key: string): Promise<void> {
  const { api } = floor.scene;
  const { id } = begun.parse(await sent(api, { method: 'POST', path: `${pipeline}/migrate`, key, json: {} }));
  for (;;) {
    const { status, counts } = migration.parse(await api.get(`/migrations/${id}`, key));
    if (status === 'finished') {
      floor.say(
        `Open tasks that moved to the new version: ${String(counts['moved'])}, that stay: ${String(counts['stays'])}`,
      );
      return;
    }
    await rest(floor, lookEveryMs);
    if (floor.over.aborted) return;
  }
}

/** Each of a manager's changes once so many actions were accepted, in the order in which they are named. */
async function changesOf(floor: Floor, { name, changes }: Manager): Promise<void> {
  const { api, pipelineId, staff } = floor.scene;
  const key = staff.get(name)?.key ?? '';
  const pipeline = `/pipelines/${pipelineId}`;
  for (const { after, settings, publish, migrate: moves } of changes) {
    while (floor.meter.actions < after && !floor.over.aborted) await rest(floor, lookEveryMs);
    if (floor.over.aborted) return;
    for (const [node, json] of Object.entries(settings)) {
      await sent(api, { method: 'PATCH', path: `${pipeline}/nodes/${node}/settings`, key, json: { settings: json } });
    }
    if (publish) await sent(api, { method: 'PUT', path: pipeline, key, json: publish });
    if (moves) await migrate(floor, pipeline, key);
  }
}

export const makeChanges = (floor: Floor, managers: readonly Manager[]): Promise<unknown> =>
  Promise.all(managers.map((manager) => changesOf(floor, manager)));
