// How an example's tasks get in other than by an import: by a seeder, and by triggers. The rehearsal is not over before both are done.
import { parse } from 'yaml';
import { z } from 'zod';
import type { Api } from './api.js';
import { refused } from './api.js';
import { InputProblem } from './problems.js';

const shape = z.strictObject({
  /** The tasks come from a seeder that keeps so many available. */
  seeder: z.strictObject({ keep: z.number().int().min(1) }).optional(),
  triggers: z
    .array(
      z.looseObject({
        /** Names; left out: the example's own. */
        pipeline: z.string().optional(),
        source: z.string().optional(),
        /** How often it has to have fired before the rehearsal is over. */
        fires: z.number().int().min(1),
      }),
    )
    .default([]),
});
export type Entry = z.infer<typeof shape>;

export function readEntry(text: string, where: string): Entry {
  const parsed = shape.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  throw new InputProblem(`${where} does not say how tasks get in (docs/simulate.md does)`, problems);
}

export interface Place {
  api: Api;
  key: string;
  pipelineId: string;
  /** Ids by name. */
  pipelines: ReadonlyMap<string, string>;
}

/** Whether there is more to come. */
export type Awaits = () => Promise<boolean>;

const named = z.object({ id: z.string() });

async function made(api: Api, key: string, path: string, json: unknown): Promise<string> {
  const answer = await api.send({ method: 'POST', path, key, json });
  if (!answer.ok) throw refused(path, answer);
  return named.parse(answer.body).id;
}

function idOf({ pipelines, pipelineId }: Place, name: string | undefined): string {
  const id = name === undefined ? pipelineId : pipelines.get(name);
  if (id === undefined) throw new InputProblem(`entry.yaml: there is no pipeline "${name ?? ''}"`);
  return id;
}

export async function setTriggers(place: Place, triggers: Entry['triggers']): Promise<Awaits> {
  const { api, key } = place;
  const fires = new Map<string, number>();
  for (const { pipeline, source, fires: often, ...body } of triggers) {
    const of = body['kind'] === 'event' ? { pipelineId: idOf(place, source) } : {};
    fires.set(await made(api, key, `/pipelines/${idOf(place, pipeline)}/triggers`, { ...body, ...of }), often);
  }
  return async () => {
    for (const [id, often] of fires) {
      const { fired } = z.object({ fired: z.number() }).parse(await api.get(`/triggers/${id}`, key));
      if (fired < often) return true;
    }
    return false;
  };
}

/** The items are JSON Lines. */
export async function setSeeder(place: Place, keep: number, body: () => string | ReadableStream): Promise<Awaits> {
  const { api, key, pipelineId } = place;
  const path = `/seeders?pipelineId=${pipelineId}&keep=${keep}`;
  const answer = await api.send({ method: 'POST', path, key, raw: { type: 'application/x-ndjson', body } });
  if (!answer.ok) throw refused('the seeder', answer);
  const { id } = named.parse(answer.body);
  return async () => z.object({ state: z.string() }).parse(await api.get(`/seeders/${id}`, key)).state === 'running';
}
