// How tasks get in other than by an import: by a seeder, and by triggers. The rehearsal is not over before both are done.
import { parse } from 'yaml';
import { z } from 'zod';
import type { Api } from './api.js';
import { refused } from './api.js';
import { InputProblem } from './problems.js';

const shape = z.strictObject({
  /** The tasks come from a seeder that keeps so many available. */
  seeder: z
    .strictObject({
      keep: z.number().int().min(1),
      /** As the API takes it; left out: the tasks of the file, which are JSON Lines. */
      source: z.looseObject({ kind: z.enum(['list', 'url', 'generator']) }).optional(),
      /** A source may have no end: once so many came in, the seeder is stopped. */
      stopAfter: z.number().int().min(1).optional(),
    })
    .optional(),
  triggers: z
    .array(
      z
        .looseObject({
          /** Names; left out: the pipeline that is rehearsed. */
          pipeline: z.string().optional(),
          source: z.string().optional(),
          /** Of a webhook: what is delivered there, one after another. */
          deliver: z.array(z.record(z.string(), z.unknown())).min(1).max(100).optional(),
          /** How often it has to have fired before the rehearsal is over; of a webhook as often as it is delivered to. */
          fires: z.number().int().min(1).optional(),
        })
        .refine(({ kind, deliver }) => (kind === 'webhook') === (deliver !== undefined), {
          error: 'deliver is what is sent to a webhook: give both or none',
        })
        .refine(({ deliver, fires }) => deliver ?? fires, 'say how often it fires: give fires'),
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

async function posted(api: Api, key: string, path: string, json: unknown): Promise<unknown> {
  const answer = await api.send({ method: 'POST', path, key, json });
  if (!answer.ok) throw refused(path, answer);
  return answer.body;
}

function idOf({ pipelines, pipelineId }: Place, name: string | undefined): string {
  const id = name === undefined ? pipelineId : pipelines.get(name);
  if (id === undefined) throw new InputProblem(`the entry: there is no pipeline "${name ?? ''}"`);
  return id;
}

const hook = z.object({ path: z.string() });

/** As whoever has the token does, without a key of the API. */
async function deliverTo(api: Api, path: string, deliveries: readonly object[]): Promise<void> {
  for (const json of deliveries) {
    const answer = await api.send({ method: 'POST', path: path.replace(/^\/v1/, ''), json });
    if (!answer.ok) throw refused('a delivery to the webhook', answer);
  }
}

/** Whether it has fired so often; what goes on by itself is paused then. */
async function hasFired({ api, key }: Place, id: string, { kind, often }: Watched): Promise<boolean> {
  const { fired } = z.object({ fired: z.number() }).parse(await api.get(`/triggers/${id}`, key));
  if (fired < often) return false;
  if (kind === 'cron') await posted(api, key, `/triggers/${id}/pause`, {});
  return true;
}

interface Watched {
  kind: unknown;
  often: number;
}

export async function setTriggers(place: Place, triggers: Entry['triggers']): Promise<Awaits> {
  const { api, key } = place;
  const watched = new Map<string, Watched>();
  for (const { pipeline, source, deliver = [], fires = deliver.length, ...body } of triggers) {
    const of = body['kind'] === 'event' ? { pipelineId: idOf(place, source) } : {};
    const path = `/pipelines/${idOf(place, pipeline)}/triggers`;
    const trigger = await posted(api, key, path, { ...body, ...of });
    watched.set(named.parse(trigger).id, { kind: body['kind'], often: fires });
    if (deliver.length > 0) await deliverTo(api, hook.parse(trigger).path, deliver);
  }
  return async () => {
    for (const [id, one] of watched) {
      if (!(await hasFired(place, id, one))) return true;
      watched.delete(id);
    }
    return false;
  };
}

export type Seeding = NonNullable<Entry['seeder']>;

const seeder = z.object({ id: z.string(), state: z.string(), seeded: z.number() });

/** From a source of its own, or from the items of a file, which are JSON Lines. */
export async function setSeeder(
  { api, key, pipelineId }: Place,
  { keep, source, stopAfter = Infinity }: Seeding,
  body: (() => string | ReadableStream) | undefined,
): Promise<Awaits> {
  const made = source
    ? { path: '/seeders', json: { pipelineId, keep, source } }
    : {
        path: `/seeders?pipelineId=${pipelineId}&keep=${keep}`,
        ...(body ? { raw: { type: 'application/x-ndjson', body } } : {}),
      };
  const answer = await api.send({ method: 'POST', key, ...made });
  if (!answer.ok) throw refused('the seeder', answer);
  const { id } = seeder.parse(answer.body);
  return async () => {
    const { state, seeded } = seeder.parse(await api.get(`/seeders/${id}`, key));
    if (state !== 'running' || seeded < stopAfter) return state === 'running';
    await posted(api, key, `/seeders/${id}/stop`, {});
    return false;
  };
}
