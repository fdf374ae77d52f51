// How tasks come in as CSV: lines that are wrong are named, and a large file is stored while it is on its way.
import { request } from 'node:http';
import { beforeAll, expect, inject, it } from 'vitest';
import type { Reply } from '../support/http.js';
import type { TestProject } from '../support/project.js';
import { newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

interface Imported {
  imported: number;
  rejected: number;
  duplicates: number;
  problems: { line: number; message: string }[];
  code?: string;
}

const { apiUrl, operatorKey } = inject('stack');
const csv = { 'content-type': 'text/csv' };
let project: TestProject;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
});

const send = (pipeline: string, lines: readonly string[], query = ''): Promise<Reply<Imported>> =>
  project.admin.send('POST', `/pipelines/${pipeline}/imports${query}`, { body: lines.join('\n'), headers: csv });

async function idsIn(pipeline: string): Promise<string[]> {
  const { body } = await project.admin.get<{ items: { externalId: string }[] }>(`/pipelines/${pipeline}/tasks`);
  return body.items.map(({ externalId }) => externalId).sort();
}

const file = [
  'id,text,priority',
  'a,good,0.5',
  'b,a cell too few',
  'c,a cell,too many,0.5',
  'd,no number,urgent',
  'e,no priority,7',
  'f,good,',
  'g,"a broken "quote,0.5',
  'h,nobody reads this,0.5',
];

it('names the lines that are wrong, and the rest goes in, up to a broken quote', async () => {
  const pipeline = await project.pipeline(reviewed());

  const { status, body } = await send(pipeline, file);

  expect([status, body.imported, body.rejected]).toEqual([201, 2, 5]);
  expect(body.problems.map(({ line }) => line)).toEqual([3, 4, 5, 6, 8]);
  expect(body.problems[0]?.message).toBe('2 cells where the header has 3');
  expect(body.problems[1]?.message).toBe('4 cells where the header has 3');
  expect(body.problems[2]?.message).toContain('priority: ');
  expect(body.problems[3]?.message).toContain('priority: ');
  expect(body.problems[4]?.message).toContain('nothing after it was read');
  expect(await idsIn(pipeline)).toEqual(['a', 'f']);
});

it('takes nothing of the same file with strict=true', async () => {
  const pipeline = await project.pipeline(reviewed());

  const { status, body } = await send(pipeline, file, '?strict=true');

  expect([status, body.code]).toEqual([422, 'CSV_INVALID']);
  expect(body.problems.map(({ line }) => line)).toEqual([3, 4, 5, 6, 8]);
  expect(await idsIn(pipeline)).toEqual([]);
  const batches = await project.admin.get<{ items: { pipelineId: string }[] }>(
    `/projects/${project.id}/batches?limit=100`,
  );
  expect(batches.body.items.filter(({ pipelineId }) => pipelineId === pipeline)).toEqual([]);
});

it('stores rows of a file of 2 MB before its end is sent', async () => {
  // Few of the rows are tasks, so that few cycles begin.
  const pipeline = await project.pipeline({ ...reviewed(), onDuplicate: 'skip' });
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const rows = Array.from({ length: 600 }, (_, index) => `${String(ids[index % ids.length])},${'x'.repeat(3_500)}\n`);
  const headers = { ...csv, authorization: `Bearer ${project.admin.key}` };
  const upload = request(`${apiUrl}/v1/pipelines/${pipeline}/imports`, { method: 'POST', headers });
  let isAnswered = false;
  const answer = new Promise<Imported>((resolve, rejects) => {
    upload.on('error', rejects);
    upload.on('response', (response) => {
      isAnswered = true;
      response.toArray().then((pieces) => {
        resolve(JSON.parse(Buffer.concat(pieces as Buffer[]).toString()) as Imported);
      }, rejects);
    });
  });

  upload.write('id,text\n');
  for (let from = 0; from < 550; from += 50) upload.write(rows.slice(from, from + 50).join(''));
  await until('rows that are stored', async () => (await idsIn(pipeline)).length === ids.length);
  expect(isAnswered).toBe(false);
  upload.end(rows.slice(550).join(''));

  expect(await answer).toMatchObject({ imported: 5, duplicates: 595, rejected: 0 });
  expect(await idsIn(pipeline)).toEqual(ids);
});
