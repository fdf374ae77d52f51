// How tasks come in as files, and what becomes of those that are there already, by every way in.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { newProject, reviewed } from '../support/project.js';
import type { Person, TestProject } from '../support/project.js';
import type { Reply } from '../support/http.js';
import { until } from '../support/until.js';

interface Imported {
  batchId: string;
  imported: number;
  rejected: number;
  duplicates: number;
  problems: { line: number; message: string }[];
  code?: string;
}

let project: TestProject;
let admin: Person;
let annotator: Person;

beforeAll(async () => {
  const { apiUrl, operatorKey } = inject('stack');
  project = await newProject(apiUrl, operatorKey);
  admin = project.admin;
  annotator = await project.person('annotator');
});

const send = (
  pipeline: string,
  lines: readonly (string | object)[],
  {
    type = 'application/x-ndjson',
    query = '',
    headers = {},
    by = admin,
  }: { type?: string; query?: string; headers?: Record<string, string>; by?: Person } = {},
): Promise<Reply<Imported>> =>
  by.send('POST', `/pipelines/${pipeline}/imports${query}`, {
    body: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    headers: { 'content-type': type, ...headers },
  });

const item = (id: string, more: object = {}) => ({ externalId: id, data: { text: `text of ${id}` }, ...more });
const listed = async (pipeline: string) =>
  (await admin.get<{ items: Record<string, unknown>[] }>(`/pipelines/${pipeline}/tasks?limit=500`)).body.items;

describe('JSON Lines', () => {
  it('become tasks with everything a line says, and their cycles begin', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { status, body } = await send(pipeline, [
      `\uFEFF${JSON.stringify(item('a', { gold: { label: 'x' }, priority: 0.9, tags: ['t'], metadata: { from: 'file' } }))}`,
      '',
      { data: { deep: { list: [1, 2] } } },
    ]);

    expect(status).toBe(201);
    expect(body).toMatchObject({ imported: 2, rejected: 0, duplicates: 0, problems: [] });
    expect(await listed(pipeline)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          externalId: 'a',
          gold: { label: 'x' },
          priority: 0.9,
          tags: ['t'],
          metadata: { from: 'file' },
        }),
        expect.objectContaining({ data: { deep: { list: [1, 2] } } }),
      ]),
    );
    await until('both cycles', async () => {
      const { tasks, started } = (await admin.get<{ tasks: number; started: number }>(`/imports/${body.batchId}`)).body;
      return tasks === 2 && started === 2;
    });
  });

  it('that are wrong are told by number, and the rest goes in', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { status, body } = await send(
      pipeline,
      [
        item('a'),
        '{"data":',
        { externalId: 'no data' },
        `{"data":{"text":"${'x'.repeat(1_000_001)}"}}`,
        { ...item('b'), colour: 1 },
        item('c'),
      ],
      { type: 'application/jsonl' },
    );

    expect(status).toBe(201);
    expect(body).toMatchObject({ imported: 2, rejected: 4 });
    expect(body.problems.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
    expect(body.problems[1]?.message).toContain('data: ');
    expect(body.problems[2]?.message).toBe('longer than 1000000 bytes');
    expect((await listed(pipeline)).map(({ externalId }) => externalId).sort()).toEqual(['a', 'c']);
  });

  it('are all refused with strict=true, and where none is good', async () => {
    const pipeline = await project.pipeline(reviewed());
    const strict = await send(pipeline, [item('a'), 'nonsense'], { query: '?strict=true' });
    const empty = await send(pipeline, ['']);

    expect([strict.status, strict.body.code, strict.body.problems[0]?.line]).toEqual([422, 'JSON_LINES_INVALID', 2]);
    expect([empty.status, empty.body.code]).toEqual([422, 'JSON_LINES_INVALID']);
    expect(await listed(pipeline)).toEqual([]);
  });

  it('sent again with the same key are the same tasks', async () => {
    const pipeline = await project.pipeline(reviewed());
    const headers = { 'idempotency-key': randomUUID() };
    const first = await send(pipeline, [item('a'), item('b')], { headers });
    const again = await send(pipeline, [item('a'), item('b')], { headers });

    expect(again.body).toEqual(first.body);
    expect(await listed(pipeline)).toHaveLength(2);
  });

  it('are for managers of that project, and of a type that is known', async () => {
    const pipeline = await project.pipeline(reviewed());
    const { apiUrl, operatorKey } = inject('stack');
    const stranger = (await newProject(apiUrl, operatorKey)).admin;

    expect((await send(pipeline, [item('a')], { by: annotator })).status).toBe(403);
    expect((await send(pipeline, [item('a')], { by: stranger })).status).toBe(404);
    expect((await send(pipeline, [item('a')], { type: 'application/xml' })).status).toBe(415);
  });
});

describe('a task that is there already', () => {
  const published = (handling: object) => project.pipeline({ ...reviewed(), ...handling });
  const csv = (pipeline: string, query = '') =>
    send(pipeline, ['id,text', 'a,again', 'z,new'], { type: 'text/csv', query });

  it('is let in and counted where nothing is said', async () => {
    const pipeline = await published({});
    await project.task(pipeline, item('a'));

    expect((await csv(pipeline)).body).toMatchObject({ imported: 2, duplicates: 1 });
    const { body } = await admin.post(`/pipelines/${pipeline}/tasks`, { tasks: [item('a'), item('n'), { data: {} }] });
    expect(body).toMatchObject({ duplicates: 1 });
    expect(await listed(pipeline)).toHaveLength(6);
  });

  it('is skipped by externalId: in files, within one request, and the answer is the one that is there', async () => {
    const pipeline = await published({ onDuplicate: 'skip' });
    const task = await project.task(pipeline, item('a'));

    expect((await csv(pipeline)).body).toMatchObject({ imported: 1, duplicates: 1, rejected: 0 });
    const one = await admin.post(`/pipelines/${pipeline}/tasks`, item('a'));
    const many = await admin.post<{ items: object[] }>(`/pipelines/${pipeline}/tasks`, {
      tasks: [item('b'), item('b'), item('a')],
    });
    const lines = await send(pipeline, [item('c'), item('c'), { data: { text: 'a' } }, { data: { text: 'a' } }]);

    expect([one.status, one.body['id']]).toEqual([200, task]);
    expect(many.body).toMatchObject({ items: [{ externalId: 'b' }], duplicates: 2 });
    expect(lines.body).toMatchObject({ imported: 3, duplicates: 1 });
  });

  it('is refused: by name over the API, by line in a file, and with strict=true the file is', async () => {
    const pipeline = await published({ onDuplicate: 'refuse', duplicateBy: 'dataHash' });
    const task = await project.task(pipeline, { data: { text: 'again' } });
    const many = await admin.post(`/pipelines/${pipeline}/tasks`, { tasks: [item('n'), { data: { text: 'again' } }] });
    const strict = await csv(pipeline, '?strict=true');
    const rest = await csv(pipeline);

    expect(many).toMatchObject({
      status: 409,
      body: {
        code: 'DUPLICATE_TASK',
        problems: [{ pointer: '/tasks/1', message: `the task ${task} is there already` }],
      },
    });
    expect(strict).toMatchObject({ status: 422, body: { code: 'CSV_INVALID', problems: [{ line: 2 }] } });
    expect(rest.body).toMatchObject({ imported: 1, rejected: 1, problems: [{ line: 2 }] });
    expect(await listed(pipeline)).toHaveLength(2);
  });

  it('is one task, however many ask at once', async () => {
    const pipeline = await published({ onDuplicate: 'skip' });
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => admin.post(`/pipelines/${pipeline}/tasks`, item('a'))),
    );

    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(replies.map(({ body }) => body['id'])).size).toBe(1);
  });

  it('is no second one by a chain: skipped it is handed on, refused it fails', async () => {
    const target = { ...reviewed(), onDuplicate: 'skip' };
    const pipeline = await project.pipeline(target);
    const there = await project.task(pipeline, item('a'));
    const chain = await project.pipeline({
      name: `chain ${randomUUID()}`,
      nodes: [
        { key: 'start', kind: 'start' },
        { key: 'on', kind: 'chain', pipeline: target.name },
        { key: 'done', kind: 'end' },
        { key: 'lost', kind: 'end', outcome: 'discard' },
      ],
      edges: [
        { from: 'start', to: 'on' },
        { from: 'on', on: 'complete', to: 'done' },
        { from: 'on', on: 'failed', to: 'lost' },
      ],
    });
    const outcomeOf = async (task: string) =>
      until('its end', async () => (await admin.get<{ outcome?: string }>(`/tasks/${task}`)).body.outcome ?? undefined);
    const skipped = await project.task(chain, item('a'));

    expect(await outcomeOf(skipped)).toBe('complete');
    const { body } = await admin.get<{ items: { node: string; instances: object[] }[] }>(`/tasks/${skipped}/nodes`);
    expect(body.items.find(({ node }) => node === 'on')?.instances).toMatchObject([
      { submission: { values: { taskId: there } } },
    ]);

    await admin.put(`/pipelines/${pipeline}`, { ...target, onDuplicate: 'refuse' });
    const refused = await project.task(chain, item('a'));
    expect(await outcomeOf(refused)).toBe('discard');
    expect(await listed(pipeline)).toHaveLength(1);
  });
});
