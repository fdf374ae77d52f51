// Whatever anybody sends a cycle, it goes on running and can be worked on.
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { commandTypes } from '../../core/commands.js';
import { openClient } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const client = await openClient();

let project: TestProject;
let annotator: Person;
let reviewer: Person;
let pipeline: string;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, reviewer] = [await project.person('annotator'), await project.person('reviewer')];
  pipeline = await project.pipeline(reviewed());
});

const timelineOf = async (taskId: string) =>
  (
    await project.admin.get<{ items: { type: string; detail: Record<string, unknown>; actor: string | null }[] }>(
      `/tasks/${taskId}/timeline?limit=500`,
    )
  ).body.items;

describe('any JSON', () => {
  it('as any signal or update leaves the cycle running and usable', async () => {
    const taskId = await project.task(pipeline);
    const handle = client.temporal.workflow.getHandle(`cycle:${taskId}.1`);
    const name = fc.constantFrom(...commandTypes, 'resync', 'reworkEnded', 'reworkHeld', 'no such message');

    await fc.assert(
      fc.asyncProperty(
        name,
        fc.array(fc.jsonValue(), { maxLength: 3 }),
        fc.boolean(),
        async (message, args, asUpdate) => {
          if (asUpdate)
            await handle
              .executeUpdate(message, { args: args as [unknown, ...unknown[]] })
              .catch((error: unknown) => error);
          else await handle.signal(message, ...args);
        },
      ),
      { numRuns: 60 },
    );

    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'approve');
    expect((await project.admin.get(`/tasks/${taskId}`)).body).toMatchObject({ status: 'finished' });
  });

  it('that names a real command and a real instance is refused by its fields', async () => {
    const taskId = await project.task(pipeline);
    const instance = `${taskId}.1.annotate.1`;
    const handle = client.temporal.workflow.getHandle(`cycle:${taskId}.1`);

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...commandTypes),
        fc.dictionary(fc.string(), fc.jsonValue()),
        async (type, fields) => {
          await handle
            .executeUpdate(type, { args: [{ ...fields, instance, actor: { id: 'x' }, nonsense: 1 }] })
            .catch((error: unknown) => {
              expect((error as { cause?: { type?: string } }).cause?.type).toBe('MALFORMED_COMMAND');
            });
        },
      ),
      { numRuns: 30 },
    );

    expect(await claimNext(annotator, pipeline, { tasks: [taskId] })).toMatchObject({ status: 'claimed' });
  });
});

describe('a signal', () => {
  it('does what the update of its name does', async () => {
    const taskId = await project.task(pipeline);
    const instance = `${taskId}.1.annotate.1`;

    const sent = await annotator.post(`/node-instances/${instance}/claim`, {}, { prefer: 'respond-async' });

    expect(sent.status).toBe(202);
    await until(
      'the claim',
      async () => (await client.state(`cycle:${taskId}.1`)).instances[instance]?.status === 'claimed',
    );
  });

  it('that is refused shows on the timeline with its code', async () => {
    const taskId = await project.task(pipeline);
    await client.signalCommand(
      `cycle:${taskId}.1`,
      'release',
      { instance: `${taskId}.1.annotate.1`, actor: { id: 'x' } },
      'a',
    );
    await client.temporal.workflow.getHandle(`cycle:${taskId}.1`).signal('colour', 1);

    const refused = await until('both entries', async () => {
      const entries = (await timelineOf(taskId)).filter(({ type }) => type === 'rejected');
      return entries.length === 2 && entries;
    });
    expect(refused.map(({ detail }) => detail['code'])).toEqual(['NOT_CLAIMED', 'UNKNOWN_MESSAGE']);
  });
});

describe('a refused update', () => {
  it('leaves no event in the history', async () => {
    const taskId = await project.task(pipeline);
    const handle = client.temporal.workflow.getHandle(`cycle:${taskId}.1`);
    await client.state(`cycle:${taskId}.1`);
    const before = (await handle.fetchHistory()).events?.length;

    const reply = await reviewer.post(`/node-instances/${taskId}.1.annotate.1/escalate`, { reason: 'x' });

    expect(reply).toMatchObject({ status: 409, body: { code: 'NOT_CLAIMED' } });
    expect((await handle.fetchHistory()).events?.length).toBe(before);
  });
});

describe('interference from outside', () => {
  it('takes a cancellation for an admin’s discard', async () => {
    const taskId = await project.task(pipeline);
    await claimNext(annotator, pipeline, { tasks: [taskId] });

    await client.cancel(`cycle:${taskId}.1`);

    const task = await until('the end', async () => {
      const { body } = await project.admin.get(`/tasks/${taskId}`);
      return body['status'] === 'finished' && body;
    });
    expect(task).toMatchObject({ outcome: 'discard', nodes: [] });
    expect((await timelineOf(taskId)).at(-1)).toMatchObject({ type: 'ended', actor: 'temporal' });
  });

  it('takes the rework child along', async () => {
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'reject');

    await client.cancel(`cycle:${taskId}.1`);

    const child = `rework:${taskId}.1:annotate:2`;
    await until('the child to end', async () => (await client.standing(child)).kind === 'closed');
    expect((await project.admin.get(`/tasks/${taskId}`)).body).toMatchObject({
      status: 'finished',
      outcome: 'discard',
    });
    const { body } = await annotator.get<{ items: unknown[] }>('/me/work?state=reserved');
    expect(JSON.stringify(body.items)).not.toContain(taskId);
  });

  it('finds a terminated cycle at the next command: the task reads failed, with the cause', async () => {
    const taskId = await project.task(pipeline);
    await client.temporal.workflow.getHandle(`cycle:${taskId}.1`).terminate('test');

    const reply = await annotator.post(`/node-instances/${taskId}.1.annotate.1/claim`);

    expect(reply).toMatchObject({ status: 409, body: { code: 'NODE_CLOSED' } });
    const task = await until('the task to fail', async () => {
      const { body } = await project.admin.get(`/tasks/${taskId}`);
      return body['status'] === 'failed' && body;
    });
    expect(task).toMatchObject({ failure: 'ended outside the product', nodes: [] });
    expect(await claimNext(annotator, pipeline, { tasks: [taskId] })).toBeUndefined();
  });
});
