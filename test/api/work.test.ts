// The work itself, over HTTP: claims and their races, idempotency, versions, roles, reads that see what was written.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { caller } from '../support/http.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, judge, label1, newProject, reviewed, voted } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let annotator: Person;
let other: Person;
let reviewer: Person;
let pipeline: string;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, other, reviewer] = await Promise.all([
    project.person('annotator'),
    project.person('annotator'),
    project.person('reviewer'),
  ]);
  pipeline = await project.pipeline(reviewed({ limits: { maxReviewFailures: 1, maxReReviews: 3 } }));
});

const statusOf = async (taskId: string): Promise<Record<string, unknown>> =>
  (await project.admin.get(`/tasks/${taskId}`)).body;

describe('claiming', () => {
  it('gives 64 concurrent callers 64 different tasks', async () => {
    const many = await project.pipeline(reviewed());
    const tasks = Array.from({ length: 64 }, (_, index) => ({ data: { text: `task ${String(index)}` } }));
    await project.admin.post(`/pipelines/${many}/tasks`, { tasks });

    const items = await Promise.all(tasks.map(() => claimNext(annotator, many)));

    expect(new Set(items.map((item) => item?.taskId)).size).toBe(64);
    expect(await claimNext(annotator, many)).toBeUndefined();
  });

  it('lets one of two win, and tells the other with a code', async () => {
    const taskId = await project.task(pipeline);
    const instance = `${taskId}.1.annotate.1`;

    const replies = await Promise.all(
      [annotator, other].map((person) => person.post(`/node-instances/${instance}/claim`)),
    );

    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(replies.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'CLAIM_HELD', status: 409 });
  });

  it('gives each voter one slot, and exactly as many as there are', async () => {
    const vote = await project.pipeline(voted(3));
    const taskId = await project.task(vote);
    const people = await Promise.all(Array.from({ length: 8 }, () => project.person('annotator')));

    const items = await Promise.all(people.map((person) => claimNext(person, vote)));

    const claimed = items.flatMap((item) => (item ? [item.nodeInstanceId] : []));
    expect(claimed.sort()).toEqual([1, 2, 3].map((slot) => `${taskId}.1.vote.1.s${String(slot)}`));
  });
});

describe('handing in', () => {
  it('shows what was written as soon as it is answered', async () => {
    const taskId = await project.task(pipeline);
    expect(await statusOf(taskId)).toMatchObject({ status: 'pending', nodes: ['annotate'] });

    await label1(annotator, pipeline, taskId);
    expect(await statusOf(taskId)).toMatchObject({ status: 'in_progress', nodes: ['qa'] });

    await judge(reviewer, pipeline, taskId, 'approve');
    expect(await statusOf(taskId)).toMatchObject({ status: 'finished', outcome: 'complete', nodes: [] });
  });

  it('sends rejected work back to its author, with the verdict, and first of all', async () => {
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId, 'wrong');
    await judge(reviewer, pipeline, taskId, 'reject');

    expect(await claimNext(other, pipeline, { tasks: [taskId] })).toBeUndefined();
    const item = await claimNext(annotator, pipeline);

    expect(item).toMatchObject({
      taskId,
      availabilityReason: 'REOPENED',
      rejected: { values: { label: 'wrong' } },
      review: { comment: 'seen' },
    });
  });

  it('escalates after too many failed reviews, returns, and quarantines after too many re-reviews', async () => {
    const taskId = await project.task(pipeline);
    const round = async (): Promise<void> => {
      await label1(annotator, pipeline, taskId);
      await judge(reviewer, pipeline, taskId, 'reject');
    };
    await round();
    await round();
    expect(await statusOf(taskId)).toMatchObject({ status: 'escalated', nodes: ['annotate'] });

    const held = `${taskId}.1.annotate.3`;
    const resolved = await project.admin.post(`/node-instances/${held}/resolve`, { how: 'return' });
    expect(resolved).toMatchObject({ status: 200, body: { status: 'available' } });
    await round();
    await round();

    expect(await statusOf(taskId)).toMatchObject({ status: 'quarantined' });
    const accepted = await project.admin.post(`/node-instances/${taskId}.1.annotate.5/resolve`, { how: 'accept' });
    expect(accepted.status).toBe(200);
    await until('the task to finish', async () => (await statusOf(taskId)).status === 'finished');
  });

  it('is held while it is escalated, and its holder goes on once it is not', async () => {
    const taskId = await project.task(pipeline);
    const item = await claimNext(annotator, pipeline, { tasks: [taskId] });
    const path = `/node-instances/${String(item?.nodeInstanceId)}`;
    const submit = () => annotator.post(`${path}/submit`, { values: { label: 'x' } });

    const escalated = await annotator.post(`${path}/escalate`, { reason: 'unclear' });
    expect(escalated).toMatchObject({ status: 200, body: { status: 'escalated' } });
    expect(await submit()).toMatchObject({ status: 409, body: { code: 'NODE_HELD' } });
    expect(await annotator.post(`${path}/deescalate`)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const given = await project.admin.post(`${path}/deescalate`);

    expect(given).toMatchObject({ status: 200, body: { status: 'claimed', assignee: annotator.id } });
    expect((await submit()).status).toBe(200);
  });

  it('refuses values that do not fit the form, naming the field, and keeps the claim', async () => {
    const taskId = await project.task(pipeline);
    const item = await claimNext(annotator, pipeline, { tasks: [taskId] });

    const reply = await annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, {
      values: { label: 7 },
    });

    const empty = await annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, {});

    expect(empty).toMatchObject({ status: 422, body: { code: 'FORM_INVALID' } });
    expect(reply).toMatchObject({ status: 422, body: { code: 'FORM_INVALID', problems: [{ pointer: '/label' }] } });
    expect(await statusOf(taskId)).toMatchObject({ status: 'in_progress', nodes: ['annotate'] });
  });

  it('refuses a stale command', async () => {
    const taskId = await project.task(pipeline);
    const item = await claimNext(annotator, pipeline, { tasks: [taskId] });

    const path = `/node-instances/${String(item?.nodeInstanceId)}/release`;
    const stale = await annotator.post(path, { expectedVersion: 1 });
    const fresh = await annotator.post(path, {}, { 'if-match': `"${String(item?.version)}"` });

    expect(stale).toMatchObject({ status: 409, body: { code: 'STALE_TASK' } });
    expect(fresh.status).toBe(200);
  });
});

describe('the same Idempotency-Key', () => {
  it('gets the same answer with one effect, also when the cycle has ended', async () => {
    const taskId = await project.task(pipeline);
    const item = await claimNext(annotator, pipeline, { tasks: [taskId] });
    const submit = (values: object, person = annotator, key = 'submit-1'): ReturnType<Person['post']> =>
      person.post(
        `/node-instances/${String(item?.nodeInstanceId)}/submit`,
        { values },
        { 'idempotency-key': key + taskId },
      );

    const first = await submit({ label: 'x' });
    const again = await submit({ label: 'x' });
    await judge(reviewer, pipeline, taskId, 'approve');
    const closed = await submit({ label: 'x' });

    expect(first.status).toBe(200);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(closed).toMatchObject({ status: 200, body: first.body });
    expect(await submit({ label: 'y' })).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await submit({ label: 'x' }, other)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    expect(await submit({ label: 'x' }, annotator, 'new')).toMatchObject({
      status: 409,
      body: { code: 'NODE_CLOSED' },
    });
    const timeline = await project.admin.get<{ items: { type: string }[] }>(`/tasks/${taskId}/timeline`);
    expect(timeline.body.items.filter(({ type }) => type === 'submitted')).toHaveLength(1);
  });

  it('claims the same work', async () => {
    const many = await project.pipeline(reviewed());
    await Promise.all([project.task(many), project.task(many)]);
    const key = randomUUID();
    const claim = async (): Promise<string | undefined> =>
      (
        await annotator.post<{ items: { taskId: string }[] }>(
          `/pipelines/${many}/claim-next`,
          {},
          { 'idempotency-key': key },
        )
      ).body.items[0]?.taskId;

    const [first, second, third] = [await claim(), ...(await Promise.all([claim(), claim()]))];

    expect(first).toBeDefined();
    expect([second, third]).toEqual([first, first]);
  });
});

describe('edits of a task', () => {
  it('are recorded while its cycle is open, and after it has ended', async () => {
    const taskId = await project.task(pipeline);
    const path = `/tasks/${taskId}`;

    const raised = await project.admin.post(`${path}/priority`, { priority: 0.9 });
    expect(raised).toMatchObject({ status: 200, body: { priority: 0.9 } });
    expect(await statusOf(taskId)).toMatchObject({ priority: 0.9, status: 'pending', nodes: ['annotate'] });

    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'approve');
    const tagged = await project.admin.post(
      `${path}/tags`,
      { tags: ['checked'] },
      { 'idempotency-key': `tag-${taskId}` },
    );
    const again = await project.admin.post(
      `${path}/tags`,
      { tags: ['checked'] },
      { 'idempotency-key': `tag-${taskId}` },
    );

    expect(tagged).toMatchObject({ status: 200, body: { tags: ['checked'] } });
    expect(again.body).toEqual(tagged.body);
    expect(await statusOf(taskId)).toMatchObject({ tags: ['checked'], status: 'finished', outcome: 'complete' });
    const stale = await project.admin.post(`${path}/tags`, { tags: [], expectedVersion: 1 });
    expect(stale).toMatchObject({ status: 409, body: { code: 'STALE_TASK' } });

    // Two who saw the same version: one of them, however close, and the refused one can go on from what that made of it.
    for (let round = 0; round < 5; round += 1) {
      const { body } = await project.admin.get<{ version: number }>(path);
      const at = { expectedVersion: body.version };
      const [tags, priority] = await Promise.all([
        project.admin.post<{ code?: string }>(`${path}/tags`, { tags: [`round ${String(round)}`], ...at }),
        project.admin.post<{ code?: string }>(`${path}/priority`, { priority: round / 10, ...at }),
      ]);
      expect([tags.body.code, priority.body.code].sort()).toEqual(['STALE_TASK', undefined]);
    }
    expect(await annotator.post(`${path}/tags`, { tags: [] })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
  });

  it('put more urgent work first', async () => {
    const queue = await project.pipeline(reviewed());
    await project.task(queue);
    const urgent = await project.task(queue);

    await project.admin.post(`/tasks/${urgent}/priority`, { priority: 1 });

    expect(await claimNext(annotator, queue)).toMatchObject({ taskId: urgent });
  });
});

describe('who may', () => {
  it('refuses roles that do not work at a node, and lets managers act for those who do', async () => {
    const taskId = await project.task(pipeline);
    const instance = `${taskId}.1.annotate.1`;

    const byReviewer = await reviewer.post(`/node-instances/${instance}/claim`);
    const forReviewer = await project.admin.post(`/node-instances/${instance}/claim`, { onBehalfOf: reviewer.id });
    const byAnnotator = await annotator.post(`/node-instances/${instance}/claim`, { onBehalfOf: other.id });
    const forAnnotator = await project.admin.post(`/node-instances/${instance}/claim`, { onBehalfOf: annotator.id });

    expect([byReviewer, forReviewer, byAnnotator].map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(forAnnotator).toMatchObject({ status: 200, body: { assignee: annotator.id } });
    const { body } = await project.admin.get<{ items: object[] }>(`/tasks/${taskId}/timeline`);
    expect(body.items.at(-1)).toMatchObject({ type: 'claimed', actor: annotator.id, via: project.admin.id });
  });

  it('keeps the author from the review', async () => {
    const both = await project.person('annotator_reviewer');
    const taskId = await project.task(pipeline);
    await label1(both, pipeline, taskId);

    expect(await claimNext(both, pipeline, { tasks: [taskId] })).toBeUndefined();
    const reply = await both.post(`/node-instances/${taskId}.1.qa.1/claim`);

    expect(reply).toMatchObject({ status: 409, body: { code: 'PERFORMER_EXCLUDED' } });
  });

  it('shows nothing of a project to another one', async () => {
    const taskId = await project.task(pipeline);
    const stranger = (await newProject(apiUrl, operatorKey)).admin;

    const paths = [`/tasks/${taskId}`, `/tasks/${taskId}/nodes`, `/pipelines/${pipeline}`, `/projects/${project.id}`];
    const replies = await Promise.all(paths.map((path) => stranger.get(path)));
    const action = await stranger.post(`/node-instances/${taskId}.1.annotate.1/claim`);

    for (const reply of [...replies, action]) expect(reply).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('hides gold from workers, and votes from voters', async () => {
    const vote = await project.pipeline(voted(2));
    const taskId = await project.task(vote, { data: { text: 'a' }, gold: 'secret-gold' });
    const item = await claimNext(annotator, vote);
    await annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/vote`, { values: { label: 'secret-vote' } });

    const seen = await Promise.all(
      [`/tasks/${taskId}`, `/tasks/${taskId}/nodes`, `/tasks/${taskId}/timeline`, `/pipelines/${vote}/tasks`].map(
        async (path) => JSON.stringify((await other.get(path)).body),
      ),
    );
    const claimed = JSON.stringify(await claimNext(other, vote));

    expect([...seen, claimed].join()).not.toMatch(/secret/);
    expect(JSON.stringify((await project.admin.get(`/tasks/${taskId}/nodes`)).body)).toContain('secret-vote');
  });
});

describe('requests that are wrong', () => {
  it('refuses keys that are missing, wrong or expired', async () => {
    const expiring = await project.admin.post<{ apiKey: string }>(`/projects/${project.id}/api-keys`, {
      memberId: annotator.id,
      expiresAt: new Date(Date.now() - 1_000).toISOString(),
    });

    for (const key of [undefined, 'wrong-key-wrong-key', expiring.body.apiKey]) {
      expect(await caller(apiUrl, key).get('/me')).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
    }
  });
});
