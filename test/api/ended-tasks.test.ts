// Commands on tasks whose cycle has ended, over HTTP: they are revised, answered anew, and run again.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey, databaseUrl } = inject('stack');
const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });

let project: TestProject;
let ann: Person;
let rita: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [ann, rita] = await Promise.all([project.person('annotator'), project.person('reviewer')]);
});

afterAll(() => pool.end());

/** As where the server was lost between the command and its answer. */
const loseAnswer = (key: string) =>
  pool.query('update idempotency_keys set status = null, answer = null where key = $1', [key]);

const taskOf = async (taskId: string) =>
  (
    await project.admin.get<{ status: string; outcome: string | null; cycleId: string; version: number }>(
      `/tasks/${taskId}`,
    )
  ).body;
const ends = (taskId: string): Promise<boolean> =>
  until('the end', async () => (await taskOf(taskId)).status === 'finished');

describe('a command to a task', () => {
  it('that says by If-Match or expectedVersion what it saw is refused once that has changed', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const path = `/tasks/${taskId}`;
    const etag = async () => String((await project.admin.get(path)).headers.get('etag'));
    const first = await etag();
    const commands: [name: string, body: object][] = [
      ['priority', { priority: 0.9 }],
      ['tags', { tags: ['a'] }],
      ['pause', {}],
      ['resume', {}],
      ['rerun', { mode: 'restart', replace: true }],
      ['rerun', { mode: 'resume', replace: true }],
    ];
    for (const [index, [name, body]] of commands.entries()) {
      const key = { 'idempotency-key': `${taskId}-${String(index)}` };
      const seen = await etag();
      const done = await project.admin.post(`${path}/${name}`, body, { 'if-match': seen, ...key });
      expectStatus(done, 200);
      expect((await project.admin.post(`${path}/${name}`, body, { 'if-match': seen, ...key })).body).toEqual(done.body);
      const after = await etag();

      const stale = { status: 409, body: { code: 'STALE_TASK' } };
      expect(await project.admin.post(`${path}/${name}`, body, { 'if-match': first })).toMatchObject(stale);
      const inBody = { ...body, expectedVersion: Number(first.replaceAll('"', '')) };
      expect(await project.admin.post(`${path}/${name}`, inBody)).toMatchObject(stale);
      expect(await etag()).toBe(after);
    }
  });

  it('is not stale by itself: what was recorded, though its answer was lost, is answered again', async () => {
    const taskId = await project.task(await project.pipeline(reviewed()));
    const { version } = await taskOf(taskId);
    const key = { 'idempotency-key': taskId };
    const edit = () => project.admin.post(`/tasks/${taskId}/tags`, { tags: ['a'], expectedVersion: version }, key);
    expectStatus(await edit(), 200);
    await loseAnswer(taskId);
    expect(await edit()).toMatchObject({ status: 200, body: { tags: ['a'] } });
  });
});

describe('a restart', () => {
  it('has what failed at a sampled review once reviewed again', async () => {
    const { nodes, ...rest } = reviewed();
    const pipeline = await project.pipeline({ ...rest, nodes });
    const taskId = await project.task(pipeline);
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'reject');
    await label1(ann, pipeline, taskId);
    await judge(rita, pipeline, taskId, 'approve');
    await ends(taskId);
    const sampled = nodes.map((node) => (node.key === 'qa' ? { ...node, sample: 0 } : node));
    expectStatus(await project.admin.put(`/pipelines/${pipeline}`, { ...rest, nodes: sampled }), 200);

    for (let again = 0; again < 2; again += 1) {
      expectStatus(await project.admin.post(`/tasks/${taskId}/rerun`, { mode: 'restart' }), 200);
      await label1(ann, pipeline, taskId);
      expect(await taskOf(taskId)).toMatchObject({ status: 'in_progress' });
      await judge(rita, pipeline, taskId, 'approve');
      await ends(taskId);
    }
    const other = await project.task(pipeline);
    await label1(ann, pipeline, other);
    await ends(other);
  });
});
