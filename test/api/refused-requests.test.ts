// Requests that are refused: each route says so in the same form, with the code that is documented, and nothing has changed.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Caller } from '../support/http.js';
import { caller } from '../support/http.js';
import { openPool } from '../support/open.js';
import { claimNext, expectStatus, newProject, reviewed } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();

type Who = 'admin' | 'annotator' | 'reviewer' | 'stranger' | 'expired';

let people: Record<Who, Caller>;
let [projectId, pipeline, task] = ['', '', ''];
let before: Record<string, string[]>;

beforeAll(async () => {
  const project = await newProject(apiUrl, operatorKey);
  const [annotator, reviewer, stranger] = await Promise.all([
    project.person('annotator'),
    project.person('reviewer'),
    newProject(apiUrl, operatorKey),
  ]);
  projectId = project.id;
  pipeline = await project.pipeline(reviewed());
  task = await project.task(pipeline);
  await claimNext(annotator, pipeline, { tasks: [task] });
  const expired = await project.admin.post<{ apiKey: string }>(`/projects/${projectId}/api-keys`, {
    memberId: project.admin.id,
    expiresAt: new Date(Date.now() - 1_000).toISOString(),
  });
  expectStatus(expired, 201);
  const outside = { stranger: stranger.admin, expired: caller(apiUrl, expired.body.apiKey) };
  people = { admin: project.admin, annotator, reviewer, ...outside };
  before = await rowsOfProject();
});

const owners = {
  project_id: '$1',
  pipeline_id: 'select id from pipelines where project_id = $1',
  task_id: 'select id from tasks where project_id = $1',
};

/** Every row of every table that belongs to the project. */
async function rowsOfProject(): Promise<Record<string, string[]>> {
  const { rows: tables } = await pool.query<{ name: string; column: keyof typeof owners }>(
    `select c.table_name as name, (array_agg(c.column_name::text order by array_position($1::text[], c.column_name::text)))[1] as column
       from information_schema.columns c
      where c.table_schema = 'public' and c.column_name = any ($1::text[]) group by 1`,
    [Object.keys(owners)],
  );
  const entries = tables.map(async ({ name, column }): Promise<[string, string[]]> => {
    const text = `select t::text as row from ${name} t where t.${column} in (${owners[column]}) order by 1`;
    return [name, (await pool.query<{ row: string }>(text, [projectId])).rows.map(({ row }) => row)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

interface Route {
  route: string;
  method: string;
  path: () => string;
  /** Who may, and what they would send. */
  by: Who;
  body: object | string;
  mayNot: Who;
  /** What a body is refused with that has a wrong field. */
  invalid?: string;
}

const routes: Route[] = [
  {
    route: 'POST tasks',
    method: 'POST',
    path: () => `/pipelines/${pipeline}/tasks`,
    by: 'admin',
    body: { data: { text: 'one more' } },
    mayNot: 'annotator',
  },
  {
    route: 'PUT pipeline',
    method: 'PUT',
    path: () => `/pipelines/${pipeline}`,
    by: 'admin',
    body: reviewed(),
    mayNot: 'reviewer',
    invalid: 'PIPELINE_INVALID',
  },
  {
    route: 'submit',
    method: 'POST',
    path: () => `/node-instances/${task}.1.annotate.1/submit`,
    by: 'annotator',
    body: { values: { label: 'x' } },
    mayNot: 'reviewer',
  },
  {
    route: 'claim-next',
    method: 'POST',
    path: () => `/pipelines/${pipeline}/claim-next`,
    by: 'reviewer',
    body: { nodes: ['qa'] },
    mayNot: 'annotator',
  },
  {
    route: 'POST members',
    method: 'POST',
    path: () => `/projects/${projectId}/members`,
    by: 'admin',
    body: { email: 'one-more@example.org', role: 'annotator' },
    mayNot: 'annotator',
  },
  {
    route: 'CSV imports',
    method: 'POST',
    path: () => `/pipelines/${pipeline}/imports`,
    by: 'admin',
    body: 'text\none more',
    mayNot: 'annotator',
  },
];

interface Wrong {
  wrong: string;
  by?: (route: Route) => Who;
  body?: (body: object) => string;
  status: number;
  code: string;
}

const wrongs: Wrong[] = [
  { wrong: 'a body that breaks off', body: () => '{"data":', status: 400, code: 'INVALID_JSON' },
  {
    wrong: 'a field that it does not know',
    body: (body) => JSON.stringify({ ...body, colour: 1 }),
    status: 422,
    code: 'INVALID_REQUEST',
  },
  {
    wrong: 'a body of 10 MB',
    body: (body) => JSON.stringify({ ...body, more: 'x'.repeat(10_000_000) }),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  { wrong: 'a role that may not', by: ({ mayNot }) => mayNot, status: 403, code: 'FORBIDDEN' },
  { wrong: 'somebody of another project', by: () => 'stranger', status: 404, code: 'NOT_FOUND' },
  { wrong: 'a key that has expired', by: () => 'expired', status: 401, code: 'UNAUTHORIZED' },
];

/** What is wrong in a file is told by line: test/api/csv-imports.test.ts. */
const cases = routes.flatMap((route) =>
  wrongs
    .filter(({ body }) => !(body && typeof route.body === 'string'))
    .map((wrong): [string, string, Route, Wrong] => [route.route, wrong.wrong, route, wrong]),
);

const internals = /\bat (async )?\S+ \(|\.[cm]?[jt]s\b|node_modules|file:\/\//;

async function expectRefusal(
  { method, path, by, type, body }: { method: string; path: string; by: Who; type: string; body: string },
  status: number,
  code: string,
): Promise<void> {
  const reply = await people[by].send(method, path, { body, headers: { 'content-type': type } });

  expect(reply).toMatchObject({ status, body: { code, status, type: `urn:taskloom:rejection:${code}` } });
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(JSON.stringify(reply.body)).not.toMatch(internals);
}

describe('a request that is wrong', () => {
  it.each(cases)('%s: refuses %s', async (_route, _wrong, route, wrong) => {
    const { method, path, by, body, invalid } = route;
    const [text, type] = typeof body === 'string' ? [body, 'text/csv'] : [JSON.stringify(body), 'application/json'];
    const code = wrong.code === 'INVALID_REQUEST' ? (invalid ?? wrong.code) : wrong.code;
    const sent = typeof body === 'string' || !wrong.body ? text : wrong.body(body);

    await expectRefusal({ method, path: path(), by: wrong.by?.(route) ?? by, type, body: sent }, wrong.status, code);
  });

  it('CSV imports: refuses a parameter and a type that it does not know', async () => {
    const path = `/pipelines/${pipeline}/imports`;
    const file = { method: 'POST', by: 'admin', body: 'text\none more' } as const;

    await expectRefusal({ ...file, path: `${path}?colour=1`, type: 'text/csv' }, 422, 'INVALID_REQUEST');
    await expectRefusal({ ...file, path, type: 'application/xml' }, 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('has changed nothing, with all of these together', async () => {
    expect(before['tasks']).toHaveLength(1);
    expect(await rowsOfProject()).toEqual(before);
  });
});
