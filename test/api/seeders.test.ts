// Seeders: so many tasks are available as are to be kept, whatever their source, and what it does is told.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { claimNext, expectStatus, newProject, reviewed } from '../support/project.js';
import type { Person, TestProject } from '../support/project.js';
import { until } from '../support/until.js';

interface Seeder {
  id: string;
  batchId: string;
  state: string;
  available: number;
  seeded: number;
  waiting: number;
  exhausted: boolean;
  duplicates: number;
  rejected: number;
  lastError: string | null;
  retryAt: string | null;
}

const { apiUrl, operatorKey, hookUrl } = inject('stack');
let project: TestProject;
let admin: Person;
let annotator: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  admin = project.admin;
  annotator = await project.person('annotator');
});

const items = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ externalId: `i${index}`, data: { text: `item ${index}` } }));
async function seeding(pipelineId: string, keep: number, source: object): Promise<Seeder> {
  const reply = await admin.post<Seeder>('/seeders', { pipelineId, keep, source });
  expectStatus(reply, 201);
  return reply.body;
}
const seederOf = async (id: string): Promise<Seeder> => (await admin.get<Seeder>(`/seeders/${id}`)).body;
const untilSeeder = (id: string, what: string, holds: (seeder: Seeder) => boolean): Promise<Seeder> =>
  until(what, async () => {
    const seeder = await seederOf(id);
    return holds(seeder) ? seeder : undefined;
  });
const steer = async (id: string, how: string): Promise<Seeder> => {
  const reply = await admin.post<Seeder>(`/seeders/${id}/${how}`);
  expectStatus(reply, 200);
  return reply.body;
};
const externalIds = async (pipeline: string): Promise<string[]> =>
  (await admin.get<{ items: { externalId: string }[] }>(`/pipelines/${pipeline}/tasks?limit=500`)).body.items
    .map(({ externalId }) => externalId)
    .sort();
async function takes(pipeline: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await until('work', () => claimNext(annotator, pipeline));
}

describe('a seeder of a list', () => {
  it('keeps so many available, in one batch, until the list is exhausted', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { id, batchId } = await seeding(pipeline, 3, { kind: 'list', items: items(5) });
    const full = await untilSeeder(id, '3 available', ({ available }) => available === 3);

    expect(full).toMatchObject({ state: 'running', seeded: 3, waiting: 2, exhausted: false });
    await takes(pipeline, 1);
    await untilSeeder(id, 'one more', ({ available, seeded }) => available === 3 && seeded === 4);
    await takes(pipeline, 4);

    expect(await untilSeeder(id, 'its end', ({ state }) => state === 'exhausted')).toMatchObject({
      seeded: 5,
      available: 0,
      exhausted: true,
    });
    expect(await externalIds(pipeline)).toEqual(['i0', 'i1', 'i2', 'i3', 'i4']);
    expect((await admin.get(`/imports/${batchId}`)).body).toMatchObject({ kind: 'seeder', status: 'closed', tasks: 5 });
  });

  it('may be sent as JSON Lines; a bad one makes none', async () => {
    const pipeline = await project.pipeline(reviewed());
    const send = (lines: string[], query = `?pipelineId=${pipeline}&keep=10`) =>
      admin.send<Seeder & { code: string; problems: object[] }>('POST', `/seeders${query}`, {
        body: lines.join('\n'),
        headers: { 'content-type': 'application/x-ndjson' },
      });
    const bad = await send([JSON.stringify(items(1)[0]), 'no']);
    const made = await send(items(2).map((item) => JSON.stringify(item)));

    expect(bad).toMatchObject({ status: 422, body: { code: 'JSON_LINES_INVALID', problems: [{ line: 2 }] } });
    expect((await send(['{}'], `?pipelineId=${pipeline}&keep=0`)).status).toBe(422);
    expect(made.status).toBe(201);
    await untilSeeder(made.body.id, 'its end', ({ state, seeded }) => state === 'exhausted' && seeded === 2);
    expect(await externalIds(pipeline)).toEqual(['i0', 'i1']);
  });

  it('leaves out what is there already where the pipeline says so', async () => {
    const pipeline = await project.pipeline({ ...reviewed(), onDuplicate: 'skip' });
    await project.task(pipeline, { externalId: 'i1', data: {} });
    const { id } = await seeding(pipeline, 10, { kind: 'list', items: items(3) });

    expect(await untilSeeder(id, 'its end', ({ state }) => state === 'exhausted')).toMatchObject({
      seeded: 2,
      duplicates: 1,
    });
    expect(await externalIds(pipeline)).toEqual(['i0', 'i1', 'i2']);
  });
});

describe('a seeder that is steered', () => {
  it('gives nothing while it is paused, goes on when resumed, and has ended when stopped', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { id, batchId } = await seeding(pipeline, 2, { kind: 'generator', name: 'counting' });
    await untilSeeder(id, '2 available', ({ available }) => available === 2);
    expect(await steer(id, 'pause')).toMatchObject({ state: 'paused' });
    await takes(pipeline, 2);
    expect(await claimNext(annotator, pipeline)).toBeUndefined();
    expect(await seederOf(id)).toMatchObject({ available: 0, seeded: 2 });

    expect(await steer(id, 'resume')).toMatchObject({ state: 'running' });
    await untilSeeder(id, '2 more', ({ available, seeded }) => available === 2 && seeded === 4);
    expect(await steer(id, 'stop')).toMatchObject({ state: 'stopped', waiting: 0 });
    expect(await steer(id, 'stop')).toMatchObject({ state: 'stopped' });
    expect(await admin.post(`/seeders/${id}/resume`)).toMatchObject({ status: 409, body: { code: 'ENTRY_CLOSED' } });
    expect((await admin.get(`/imports/${batchId}`)).body).toMatchObject({ status: 'closed', tasks: 4 });
    expect(await externalIds(pipeline)).toEqual(['number-1', 'number-2', 'number-3', 'number-4']);
  });

  it('waits while its pipeline is paused', async () => {
    const pipeline = await project.pipeline(reviewed());
    expectStatus(await admin.post(`/pipelines/${pipeline}/pause`, {}), 200);
    const { id } = await seeding(pipeline, 2, { kind: 'generator', name: 'counting' });
    await untilSeeder(id, 'what was fetched', ({ waiting }) => waiting > 0);
    expect(await seederOf(id)).toMatchObject({ state: 'running', seeded: 0, available: 0 });

    expectStatus(await admin.post(`/pipelines/${pipeline}/resume`, {}), 200);
    await untilSeeder(id, '2 available', ({ available }) => available === 2);
    await steer(id, 'stop');
  });

  it('is one, however often it is asked for with one key', async () => {
    const pipeline = await project.pipeline(reviewed());
    const body = { pipelineId: pipeline, keep: 4, source: { kind: 'list', items: items(4) } };
    const headers = { 'idempotency-key': randomUUID() };
    const [one, other] = [
      await admin.post<Seeder>('/seeders', body, headers),
      await admin.post<Seeder>('/seeders', body, headers),
    ];

    expect(other.body.id).toBe(one.body.id);
    await untilSeeder(one.body.id, 'its end', ({ state }) => state === 'exhausted');
    expect(await externalIds(pipeline)).toHaveLength(4);
  });
});

describe('a seeder of a URL', () => {
  it('asks page by page, signed; a source that fails is told, asked later, and goes on', async () => {
    const pipeline = await project.pipeline(reviewed());
    const url = `${hookUrl}/items?name=${randomUUID()}`;
    const { id } = await seeding(pipeline, 50, { kind: 'url', url });

    const failing = await untilSeeder(id, 'its failure', ({ lastError }) => lastError !== null);
    expect(failing).toMatchObject({ state: 'running', lastError: 'CALL_UNAVAILABLE: 503 not now' });
    expect(failing.retryAt).not.toBeNull();
    expect(await untilSeeder(id, 'its end', ({ state }) => state === 'exhausted')).toMatchObject({
      seeded: 5,
      rejected: 1,
      lastError: expect.stringContaining('item 3 is no task: /data') as string,
    });
    expect(await externalIds(pipeline)).toEqual(['u0', 'u1', 'u2', 'u3', 'u4']);
  });

  it('draws what it has while the source takes its time', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { id } = await seeding(pipeline, 2, { kind: 'url', url: `${hookUrl}/items?slow&name=${randomUUID()}` });
    await untilSeeder(id, 'what is to be kept', ({ available, waiting }) => available === 2 && waiting === 1);

    await takes(pipeline, 1);

    expect(await untilSeeder(id, 'the next one', ({ available }) => available === 2)).toMatchObject({
      seeded: 3,
      waiting: 0,
    });
    await steer(id, 'stop');
  });

  it('may only be of a host that the worker calls', async () => {
    const server = createServer((_, res) => res.end('{}')).listen(0, '127.0.0.1');
    const pipeline = await project.pipeline(reviewed());
    const { port } = server.address() as { port: number };
    const { id } = await seeding(pipeline, 1, { kind: 'url', url: `http://127.0.0.1:${port}/` });

    const { lastError } = await untilSeeder(id, 'its failure', (seeder) => seeder.lastError !== null);
    expect(lastError).toBe(`CALL_NOT_ALLOWED: 127.0.0.1:${port} is not in TASKLOOM_CALL_HOSTS of the worker`);
    await steer(id, 'stop');
    server.close();
  });
});

describe('seeders', () => {
  it('are listed in pages, by pipeline, for managers of the project', async () => {
    const pipeline = await project.pipeline(reviewed());
    const made = [1, 2, 3].map(() => seeding(pipeline, 1, { kind: 'list', items: items(1) }));
    const ids = (await Promise.all(made)).map(({ id }) => id).sort();
    type Page = { items: Seeder[]; nextPageToken: string | null };
    const first = (await admin.get<Page>(`/seeders?pipelineId=${pipeline}&limit=2`)).body;
    const rest = (
      await admin.get<Page>(`/seeders?pipelineId=${pipeline}&limit=2&pageToken=${String(first.nextPageToken)}`)
    ).body;

    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
    expect(rest.nextPageToken).toBeNull();
    const stranger = (await newProject(apiUrl, operatorKey)).admin;
    const body = { pipelineId: pipeline, keep: 1, source: { kind: 'generator', name: 'counting' } };
    expect((await annotator.post('/seeders', body)).status).toBe(403);
    expect((await annotator.get(`/seeders/${String(ids[0])}`)).status).toBe(403);
    expect((await stranger.post('/seeders', body)).status).toBe(404);
    expect((await stranger.post(`/seeders/${String(ids[0])}/stop`)).status).toBe(404);
    expect((await stranger.get<Page>('/seeders')).body.items).toEqual([]);
    expect((await admin.post('/seeders', { ...body, source: { kind: 'generator', name: 'nothing' } })).status).toBe(
      422,
    );
  });
});
