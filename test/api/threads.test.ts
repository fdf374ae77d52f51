// Comments on work: who may say and read them, and that votes stay secret.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, label1, newProject, reviewed, voted } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');

interface Thread extends Record<string, unknown> {
  id: string;
  comments: { text: string }[];
}
interface List {
  items: Thread[];
  nextPageToken: string | null;
}

let project: TestProject;
let author: Person;
let other: Person;
let reviewer: Person;
let taskId: string;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [author, other, reviewer] = await Promise.all([
    project.person('annotator'),
    project.person('annotator'),
    project.person('reviewer'),
  ]);
  const pipeline = await project.pipeline(reviewed());
  taskId = await project.task(pipeline);
  await label1(author, pipeline, taskId);
});

const begin = (person: Person, more: object = {}) =>
  person.post<Thread>(`/tasks/${taskId}/threads`, { node: 'annotate', field: '/label', text: 'why a cat?', ...more });
const threadsFor = async (person: Person, query = ''): Promise<Thread[]> =>
  (await person.get<List>(`/tasks/${taskId}/threads${query}`)).body.items;

describe('a thread', () => {
  it('is begun, answered, resolved and opened again by those who may see the work', async () => {
    const begun = await begin(reviewer);
    expect(begun).toMatchObject({ status: 201, body: { node: 'annotate', field: '/label', status: 'open' } });
    const path = `/threads/${begun.body.id}`;

    const answered = await author.post<Thread>(`${path}/comments`, { text: 'its tail' });
    const resolved = await author.post(`${path}/resolve`);
    const again = await reviewer.post(`${path}/resolve`);
    expect((await threadsFor(author, '?status=resolved')).map(({ id }) => id)).toContain(begun.body.id);
    const opened = await project.admin.post(`${path}/reopen`);

    expect(answered).toMatchObject({ status: 201, body: { commentCount: 2 } });
    expect(answered.body.comments).toMatchObject([
      { author: reviewer.id, text: 'why a cat?' },
      { author: author.id, text: 'its tail' },
    ]);
    expect(resolved).toMatchObject({ status: 200, body: { status: 'resolved', resolvedBy: author.id } });
    // Who did the work is not told to those who review it without names.
    expect(again.body).toMatchObject({ resolvedBy: null, resolvedAt: resolved.body['resolvedAt'] });
    expect(opened).toMatchObject({ status: 200, body: { status: 'open', resolvedBy: null } });
    expect((await threadsFor(reviewer, '?status=resolved')).map(({ id }) => id)).not.toContain(begun.body.id);
    const { body } = await author.get<{ items: object[] }>(`${path}/comments?limit=1`);
    expect(body).toMatchObject({ items: [{ text: 'why a cat?' }] });
  });

  it('may be on a submission of the node, and on no other', async () => {
    const nodes = await author.get<{ items: { instances: { submission?: { id: string } }[] }[] }>(
      `/tasks/${taskId}/nodes`,
    );
    const submissionId = nodes.body.items.flatMap(({ instances }) => instances).find(({ submission }) => submission)
      ?.submission?.id;

    expect(await begin(author, { submissionId })).toMatchObject({ status: 201, body: { submissionId } });
    expect(await begin(author, { submissionId: 'sub_other' })).toMatchObject({
      status: 422,
      body: { code: 'INVALID_REQUEST' },
    });
    expect(await begin(project.admin, { submissionId, node: 'qa' })).toMatchObject({ status: 422 });
  });

  it('is made once for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': `thread-${taskId}` };
    const body = { node: 'annotate', text: 'once' };
    const [one, two] = await Promise.all(
      [1, 2].map(() => reviewer.post<Thread>(`/tasks/${taskId}/threads`, body, key)),
    );

    expect(one?.body.id).toBe(two?.body.id);
    expect((await threadsFor(reviewer)).filter(({ comments }) => comments[0]?.text === 'once')).toMatchObject([
      { commentCount: 1 },
    ]);
  });

  it('is listed in pages', async () => {
    await begin(reviewer, { text: 'one more' });
    const all = await threadsFor(reviewer);
    const paged: string[] = [];
    for (let token: string | null = ''; token !== null;) {
      const { body }: { body: List } = await reviewer.get<List>(
        `/tasks/${taskId}/threads?limit=1${token === '' ? '' : `&pageToken=${token}`}`,
      );
      paged.push(...body.items.map(({ id }) => id));
      token = body.nextPageToken;
    }

    expect(paged).toEqual(all.map(({ id }) => id));
    expect(await reviewer.get(`/tasks/${taskId}/threads?pageToken=eA`)).toMatchObject({ status: 422 });
  });
});

describe('who may', () => {
  it('refuses those who have nothing to do with the work, and other projects', async () => {
    const { body } = await begin(reviewer);
    const stranger = (await newProject(apiUrl, operatorKey)).admin;

    expect(await begin(other)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await threadsFor(other)).toEqual([]);
    for (const person of [other, stranger]) {
      for (const way of ['comments', 'resolve', 'reopen']) {
        const reply = await person.post(`/threads/${body.id}/${way}`, way === 'comments' ? { text: 'me too' } : {});
        expect(reply, way).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      }
      expect(await person.get(`/threads/${body.id}/comments`)).toMatchObject({ status: 404 });
    }
    expect(await begin(stranger)).toMatchObject({ status: 404 });
    expect(await stranger.get(`/tasks/${taskId}/threads`)).toMatchObject({ status: 404 });
  });

  it('keeps votes secret: their threads are for managers', async () => {
    const pipeline = await project.pipeline(voted(2));
    const voteTask = await project.task(pipeline);
    const slot = String((await claimNext(author, pipeline))?.nodeInstanceId);
    expectStatus(await author.post(`/node-instances/${slot}/vote`, { values: { label: 'cat' } }), 200);
    const body = { node: 'vote', text: 'that vote was odd' };

    for (const person of [author, other, reviewer]) {
      expect(await person.post(`/tasks/${voteTask}/threads`, body)).toMatchObject({ status: 403 });
    }
    expectStatus(await project.admin.post(`/tasks/${voteTask}/threads`, body), 201);
    expect((await reviewer.get<List>(`/tasks/${voteTask}/threads`)).body.items).toEqual([]);
  });

  it.each([
    ['no text', { text: '  ' }],
    ['a long text', { text: 'x'.repeat(5_001) }],
    ['a field that is no pointer', { field: 'label' }],
    ['an unknown field', { colour: 'red' }],
  ])('refuses %s', async (_, more) => {
    expect(await begin(reviewer, more)).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
  });
});
