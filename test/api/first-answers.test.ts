// A retry whose first answer was lost before it was remembered: the first answer all the same, with one effect.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Reply } from '../support/http.js';
import { caller } from '../support/http.js';
import { openPool } from '../support/open.js';
import { expectStatus, newProject, reviewed } from '../support/project.js';
import type { TestProject } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
let project: TestProject;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
});

type Body = Record<string, unknown>;

/** Asks, lets the answer be forgotten as a killed process would, and asks again. */
async function twice(method: 'POST' | 'PUT', path: string, body: object): Promise<[Reply<Body>, Reply<Body>]> {
  const key = randomUUID();
  const ask = (): Promise<Reply<Body>> =>
    project.admin.send(method, path, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
    });
  const first = await ask();
  await pool.query('update idempotency_keys set status = null, answer = null where project_id = $1 and key = $2', [
    project.id,
    key,
  ]);
  return [first, await ask()];
}

describe('asked again after its answer was lost', () => {
  it('a pipeline is the one that was made', async () => {
    const [first, again] = await twice('POST', `/projects/${project.id}/pipelines`, reviewed());
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body });
  });

  it('a version is published once', async () => {
    const definition = reviewed();
    const id = await project.pipeline(definition);
    const [first, again] = await twice('PUT', `/pipelines/${id}`, definition);
    expect(first).toMatchObject({ status: 200, body: { version: 2 } });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect((await project.admin.get(`/pipelines/${id}`)).body).toMatchObject({ version: 2 });
  });

  it('an edit of the version that was seen is not stale by itself', async () => {
    const task = await project.task(await project.pipeline(reviewed()));
    const { version } = (await project.admin.get<{ version: number }>(`/tasks/${task}`)).body;
    const [first, again] = await twice('POST', `/tasks/${task}/priority`, { priority: 0.9, expectedVersion: version });
    expect(first).toMatchObject({ status: 200, body: { priority: 0.9 } });
    expect(again).toMatchObject({ status: 200, body: first.body });
  });

  it('a name that was taken before stays refused', async () => {
    const definition = reviewed();
    await project.pipeline(definition);
    for (const reply of await twice('POST', `/projects/${project.id}/pipelines`, definition))
      expect(reply).toMatchObject({ status: 409, body: { code: 'NAME_TAKEN' } });
  });

  it('a member is the one that was added, and the one that came back', async () => {
    const path = `/projects/${project.id}/members`;
    const [first, again] = await twice('POST', path, { email: `${randomUUID()}@example.org`, role: 'annotator' });
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body });

    const { id, email } = first.body as { id: string; email: string };
    expectStatus(await project.admin.send('DELETE', `${path}/${id}`), 204);
    for (const reply of await twice('POST', path, { email, role: 'reviewer' }))
      expect(reply).toMatchObject({ status: 201, body: { id, email, role: 'reviewer' } });
    expect(await project.admin.post(path, { email, role: 'reviewer' })).toMatchObject({
      status: 409,
      body: { code: 'MEMBER_EXISTS' },
    });
  });
});

it('a member who was removed comes back as themselves, with none of their keys', async () => {
  const path = `/projects/${project.id}/members`;
  const annotator = await project.person('annotator');
  const { email } = (await annotator.get<{ email: string }>('/me')).body;
  expectStatus(await project.admin.send('DELETE', `${path}/${annotator.id}`), 204);

  const back = await project.admin.post(path, { email: email.toUpperCase(), name: 'Back Again', role: 'reviewer' });
  expect(back).toMatchObject({ status: 201, body: { id: annotator.id, name: 'Back Again', role: 'reviewer' } });
  const { rows } = await pool.query('select from api_keys where member_id = $1 and revoked_at is null', [annotator.id]);
  expect(rows).toEqual([]);

  const key = await project.admin.post<{ apiKey: string }>(`/projects/${project.id}/api-keys`, {
    memberId: annotator.id,
  });
  expect((await caller(project.apiUrl, key.body.apiKey).get('/me')).body).toMatchObject({ id: annotator.id });
});
