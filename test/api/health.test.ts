// What keeps a project going: whether the service is there, its keys, and its name.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { sha256 } from '../../language/hashing.js';
import type { Person, TestProject } from '../support/project.js';
import { newProject } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
let project: TestProject;
let annotator: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  annotator = await project.person('annotator');
});

it('says without a key that it is there, and that all it needs is', async () => {
  const replies = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(`${apiUrl}${path}`)));

  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  expect(await Promise.all(replies.map((reply) => reply.json()))).toEqual([
    { status: 'ok' },
    { postgres: true, temporal: true },
  ]);
});

describe('API keys', () => {
  const path = () => `/projects/${project.id}/api-keys`;
  const listed = async () =>
    (await project.admin.get<{ items: { id: string; memberId: string }[] }>(path())).body.items;

  it('are listed without what they are, nor anything made of it', async () => {
    const keys = await listed();

    expect(keys.map(({ memberId }) => memberId).sort()).toEqual([annotator.id, project.admin.id].sort());
    for (const secret of [annotator.key, project.admin.key, sha256(annotator.key), sha256(project.admin.key)]) {
      expect(JSON.stringify(keys)).not.toContain(secret);
    }
  });

  it('are of no use once they are revoked, and of none to others', async () => {
    const leaving = await project.person('annotator');
    expect((await leaving.get('/me')).status).toBe(200);
    const key = (await listed()).find(({ memberId }) => memberId === leaving.id);
    const revoke = (by: Person) => by.send('DELETE', `${path()}/${String(key?.id)}`);

    expect(await revoke(annotator)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await revoke(project.admin)).status).toBe(204);
    expect(await revoke(project.admin)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });

    // Each API process remembers a key for some seconds.
    const refused = await until('it to be refused', async () => {
      const reply = await leaving.get('/me');
      return reply.status === 401 && reply;
    });
    expect(refused.body).toMatchObject({ code: 'UNAUTHORIZED' });
    expect((await annotator.get('/me')).status).toBe(200);
  });
});

it('is renamed by its admins, to a name that nobody has', async () => {
  const path = `/projects/${project.id}`;
  const taken = `taken ${randomUUID()}`;
  const other = await newProject(apiUrl, operatorKey);
  const rename = (by: Person, to: TestProject, body: object) =>
    by.send('PATCH', `/projects/${to.id}`, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  expect((await rename(other.admin, other, { name: taken })).status).toBe(200);

  const name = `renamed ${randomUUID()}`;
  const renamed = await rename(project.admin, project, { name });
  const refused = [
    await rename(project.admin, project, { name: taken }),
    await rename(project.admin, project, { name, colour: 1 }),
    await rename(annotator, project, { name: 'mine' }),
    await rename(other.admin, project, { name: 'mine' }),
  ];

  expect(renamed).toMatchObject({ status: 200, body: { id: project.id, name } });
  expect(refused.map(({ body }) => body['code'])).toEqual(['NAME_TAKEN', 'INVALID_REQUEST', 'FORBIDDEN', 'NOT_FOUND']);
  expect((await project.admin.get(path)).body).toMatchObject({ id: project.id, name });
});
