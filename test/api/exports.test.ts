// Exports: a line per task with what became of it, in pages that keep memory flat, and never a file that is silently cut.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parse } from 'csv-parse/sync';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '../../api/app.js';
import type { Services } from '../../api/services.js';
import type { Connection } from '../../db/connection.js';
import { connect } from '../../db/connection.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed, vote1, voted } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey, databaseUrl } = inject('stack');
const many = 20_000;

interface Exported {
  id: string;
  status: string;
  data: Record<string, unknown>;
  results: Record<string, Record<string, unknown>>;
}

let project: TestProject;
let database: Connection;
let annotator: Person;
let reviewer: Person;
let large: string;

/** Finished tasks with a submission of a kilobyte each, as if people had worked on them. */
async function fill(pipelineId: string): Promise<void> {
  const run = (text: string): Promise<unknown> => database.pool.query(text, [pipelineId, project.id]);
  const chunk = 2_500;
  for (let from = 0; from < many; from += chunk) {
    const rows = `generate_series(${String(from + 1)}, ${String(from + chunk)}) as i`;
    await run(
      `insert into tasks (id, project_id, pipeline_id, data, data_hash, data_title, status, outcome, cycle_id, tags)
       select $1 || lpad(i::text, 8, '0'), $2, $1, jsonb_build_object('text', repeat('x', 300), 'n', i), i::text, 'title ' || i,
              'finished', 'complete', $1 || i, '{bulk}' from ${rows}`,
    );
    await run(
      `insert into payloads (project_id, hash, values)
       select $2, $1 || i, jsonb_build_object('label', repeat('y', 1000)) from ${rows} where $1::text is not null`,
    );
    await run(
      `insert into submissions (id, task_id, project_id, instance_id, stream_id, sequence, node, performer, action, payload_hash, submitted_at)
       select $1 || i, $1 || lpad(i::text, 8, '0'), $2, $1 || i, '', 1, 'annotate', 'ann', 'complete', $1 || i, now() from ${rows}`,
    );
  }
}

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  database = connect(databaseUrl, { onError: () => undefined });
  [annotator, reviewer] = await Promise.all([project.person('annotator'), project.person('reviewer')]);
  large = await project.pipeline(reviewed());
  await fill(large);
});

afterAll(() => database.close());

async function exported(person: Person, query: string, base = apiUrl): Promise<{ status: number; text: string }> {
  const response = await fetch(`${base}/v1/exports?${query}`, { headers: { authorization: `Bearer ${person.key}` } });
  return { status: response.status, text: await response.text() };
}

async function tasksOf(query: string): Promise<Exported[]> {
  const { status, text } = await exported(project.admin, query);
  expect(status).toBe(200);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exported);
}

describe('what an export says', () => {
  it('has the data, the outcome, and of each node who did what and how it was judged', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline, { data: { text: 'hello', n: -5 }, tags: ['a', 'b'], gold: 'x' });
    await label1(annotator, pipeline, taskId, 'first');
    await judge(reviewer, pipeline, taskId, 'reject');
    await label1(annotator, pipeline, taskId, 'second');
    await judge(reviewer, pipeline, taskId, 'approve');

    const [task, ...others] = await until('the task to end', async () => {
      const all = await tasksOf(`pipelineId=${pipeline}`);
      return all[0]?.status === 'finished' && all;
    });

    expect(others).toEqual([]);
    expect(task).toMatchObject({
      ...{ id: taskId, data: { text: 'hello', n: -5 }, tags: ['a', 'b'], gold: 'x', status: 'finished' },
      outcome: 'complete',
      results: {
        annotate: { visit: 2, outcome: 'complete', performer: annotator.id, values: { label: 'second' } },
        qa: {
          performer: reviewer.id,
          verdicts: [
            { verdict: 'fail', reviewer: reviewer.id, comment: 'seen' },
            { verdict: 'pass', reviewer: reviewer.id },
          ],
        },
      },
    });
  });

  it('has the result of a vote, and who voted for what', async () => {
    const pipeline = await project.pipeline(voted(2));
    const taskId = await project.task(pipeline);
    const other = await project.person('annotator');
    await vote1(annotator, pipeline, taskId, 'cat');
    await vote1(other, pipeline, taskId, 'dog');

    const [task] = await tasksOf(`pipelineId=${pipeline}`);

    expect(task?.results['vote']).toMatchObject({
      outcome: 'tie',
      values: null,
      tied: [{ label: 'cat' }, { label: 'dog' }],
    });
    expect(task?.results['vote']?.['votes']).toMatchObject([
      { performer: annotator.id, values: { label: 'cat' }, counted: true },
      { performer: other.id, values: { label: 'dog' }, counted: true },
    ]);
  });

  it('leaves quarantined tasks out until they are resolved, unless they are asked for', async () => {
    const pipeline = await project.pipeline(reviewed({ limits: { maxReviewFailures: 5, maxReReviews: 0 } }));
    const [free, held] = [await project.task(pipeline), await project.task(pipeline)];
    await label1(annotator, pipeline, held);
    await judge(reviewer, pipeline, held, 'reject');
    const ids = async (more = ''): Promise<string[]> =>
      (await tasksOf(`pipelineId=${pipeline}${more}`)).map(({ id }) => id);

    expect(await ids()).toEqual([free]);
    expect(await ids('&include=quarantined')).toEqual([free, held]);

    const accept = await project.admin.post(`/node-instances/${held}.1.annotate.2/resolve`, { how: 'accept' });
    expectStatus(accept, 200);
    await until('the held task to be exported', async () => (await ids()).includes(held));
  });

  it('takes the filters of lists, and goes on after a task', async () => {
    const pipeline = await project.pipeline(reviewed());
    const [one, two] = [await project.task(pipeline, { data: { a: 1 }, tags: ['t'] }), await project.task(pipeline)];

    expect((await tasksOf(`pipelineId=${pipeline}&tag=t`)).map(({ id }) => id)).toEqual([one]);
    expect((await tasksOf(`pipelineId=${pipeline}&after=${one}`)).map(({ id }) => id)).toEqual([two]);
    expect(await tasksOf(`pipelineId=${pipeline}&status=finished`)).toEqual([]);
  });

  it('is for managers of the project alone, and says what it does not understand', async () => {
    const stranger = (await newProject(apiUrl, operatorKey)).admin;
    const query = `pipelineId=${large}`;

    expect(await exported(reviewer, query)).toMatchObject({ status: 403 });
    expect(await exported(stranger, query)).toMatchObject({ status: 404 });
    for (const wrong of ['&format=xml', '&include=all', '&colour=red']) {
      expect(await exported(project.admin, query + wrong)).toMatchObject({ status: 422 });
    }
  });
});

describe('a table', () => {
  it('is not run by spreadsheets, and makes the same tasks when it is imported again', async () => {
    const pipeline = await project.pipeline(reviewed());
    const nasty = { text: '=cmd|calc', note: `he said "no",\n'=x`, '=key': '＋1', title: 'own' };
    const taskId = await project.task(pipeline, {
      data: nasty,
      dataTitle: '@title',
      externalId: '-e',
      tags: ['=t', 'u'],
    });
    await project.task(pipeline, { data: { later: 'only here' } });
    await label1(annotator, pipeline, taskId, '=1+1');

    const { text } = await exported(project.admin, `pipelineId=${pipeline}&format=csv`);
    const [header = ''] = text.split('\r\n');
    expect(header).toMatch(/^task,external_id,title,.*,data\.=key,data\.later,.*,results\.annotate\.outcome,/);
    const rows: string[][] = parse(text);
    const cells = rows.flat();
    expect(cells.filter((cell) => /^[=+\-@＋\t\r\n]/.test(cell))).toEqual([]);
    expect(cells).toContain("'=cmd|calc");

    const copy = await project.pipeline(reviewed());
    const reply = await project.admin.send<{ imported: number }>('POST', `/pipelines/${copy}/imports?from=export`, {
      ...{ body: text, headers: { 'content-type': 'text/csv' } },
    });
    expect(reply).toMatchObject({ status: 201, body: { imported: 2, rejected: 0 } });
    const [first, second] = await tasksOf(`pipelineId=${copy}`);
    expect(first).toMatchObject({
      dataTitle: '@title',
      externalId: '-e',
      tags: ['=t', 'u'],
      data: { ...nasty, later: '' },
    });
    expect(second?.data).toMatchObject({ later: 'only here', text: '' });
  });
});

describe('a large export', () => {
  let server: Server;
  let base: string;
  const looks: unknown[][] = [];
  let failAfter = Number.POSITIVE_INFINITY;

  const pagesOf = (tag: string): number => looks.filter((values) => values.includes(tag)).length;

  beforeAll(async () => {
    // The API itself, with a pool that notes what it is asked and can be made to fail.
    const pool = new Proxy(database.pool, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== 'query') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        return (...asked: [text: string, values?: unknown[]]) => {
          looks.push(asked[1] ?? []);
          if (pagesOf('fails') > failAfter) return Promise.reject(new Error('Connection terminated'));
          return target.query(...asked);
        };
      },
    });
    const services = { pool, db: database.db, operatorKey, log: pino({ level: 'silent' }) } as unknown as Services;
    server = createServer(createApp(services)).listen(0, '127.0.0.1');
    await until('the server to listen', () => server.listening);
    base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const ask = (query: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${base}/v1/exports?pipelineId=${large}&${query}`, {
      headers: { authorization: `Bearer ${project.admin.key}` },
      ...(signal ? { signal } : {}),
    });

  async function drain(response: Response, onRow: (row: number) => void = () => undefined): Promise<number> {
    let rows = 0;
    for await (const chunk of response.body ?? []) {
      for (const byte of chunk as Uint8Array) if (byte === 10) onRow((rows += 1));
    }
    return rows;
  }

  it.each(['jsonl', 'csv'])('as %s has every row, and keeps the heap flat', async (format) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heaps: number[] = [];
    const rows = await drain(await ask(`format=${format}`), (row) => {
      if (row % (many / 8) !== 0) return;
      collect();
      heaps.push(process.memoryUsage().heapUsed / 1e6);
    });

    expect(rows).toBe(format === 'csv' ? many + 1 : many);
    // All rows together are some 35 MB of text.
    expect(Math.max(...heaps) - Math.min(...heaps)).toBeLessThan(12);
  });

  it('reads no further than its client does, and stops when the client goes', async () => {
    // The tag tells this export's questions from others.
    await database.pool.query(`update tasks set tags = '{bulk,slow,fails}' where pipeline_id = $1`, [large]);
    const leaving = new AbortController();
    const slow = await ask('tag=slow', leaving.signal);
    await drain(await ask(`dataTitle=${encodeURIComponent('title')}`));
    const ahead = pagesOf('slow');
    leaving.abort();
    await drain(await ask(`dataTitle=${encodeURIComponent('title')}`));

    expect(slow.status).toBe(200);
    // 20,000 tasks are some 100 pages, or 35 MB. The kernel takes some 20 MB of them in, of what may be 32 for what was received.
    expect(ahead).toBeLessThan(90);
    expect(pagesOf('slow') - ahead).toBeLessThanOrEqual(1);
  });

  it('that fails midway is broken off, so that nobody takes it for whole', async () => {
    failAfter = 6;
    const response = await ask('tag=fails');

    expect(response.status).toBe(200);
    await expect(drain(response)).rejects.toThrow();
  });

  it('that fails at once is a problem', async () => {
    failAfter = -1;
    const response = await ask(`externalId=${randomUUID()}`);

    expect(response.status).toBe(503);
  });
});

it('a task that is claimed in between is there once, as it was when its page was read', async () => {
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  await claimNext(annotator, pipeline);

  expect(await tasksOf(`pipelineId=${pipeline}`)).toMatchObject([
    { id: taskId, status: 'in_progress', results: { annotate: { status: 'claimed', performer: null, values: null } } },
  ]);
});
