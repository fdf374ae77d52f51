// Whatever anybody sends a cycle, it goes on running and can be worked on.
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { commandTypes } from '../../core/commands.js';
import * as messages from '../../workflows/messages.js';
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

/** The names that a cycle or a rework child listens to, and one that it does not. */
const names = [...new Set(Object.values(messages).flatMap((message) => ('name' in message ? [message.name] : [])))];

async function pester(workflowId: string, numRuns: number): Promise<void> {
  const handle = client.temporal.workflow.getHandle(workflowId);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names, 'no such message'),
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
    { numRuns },
  );
}

describe('any JSON', () => {
  it('as any signal or update leaves a cycle and a rework child running and usable', async () => {
    expect(names).toEqual(
      expect.arrayContaining([...commandTypes, 'editTask', 'migrate', 'pauseTask', 'checkpointFired']),
    );
    const taskId = await project.task(pipeline);

    await pester(`cycle:${taskId}.1`, 80);
    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'reject');
    await Promise.all([pester(`rework:${taskId}.1:annotate:2`, 60), pester(`cycle:${taskId}.1`, 60)]);

    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'approve');
    await until('the end', async () => (await project.admin.get(`/tasks/${taskId}`)).body['status'] === 'finished');
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

  it.each([
    ['cycle', (taskId: string) => `cycle:${taskId}.1`],
    ['rework child', (taskId: string) => `rework:${taskId}.1:annotate:2`],
  ])('finds a terminated %s when it reconciles', async (_, streamOf) => {
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'reject');
    await client.temporal.workflow.getHandle(streamOf(taskId)).terminate('test');

    await client.startReconcile(0, streamOf(taskId));

    const task = await until('the task to fail', async () => {
      const { body } = await project.admin.get(`/tasks/${taskId}`);
      return body['status'] === 'failed' && body;
    });
    expect(task).toMatchObject({ failure: 'ended outside the product' });
    // The other stream is cancelled right after, and takes its work back.
    await until('nothing to be offered', async () => !(await claimNext(annotator, pipeline, { tasks: [taskId] })));
  });
});
