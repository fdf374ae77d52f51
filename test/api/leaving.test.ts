// Members who leave, or work no longer where they did: what they hold and what is kept for them is others' at once.
import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
let project: TestProject;
let annotator: Person;
let other: Person;
let reviewer: Person;

beforeEach(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, other, reviewer] = [
    await project.person('annotator'),
    await project.person('annotator'),
    await project.person('reviewer'),
  ];
});

const path = (person: Person): string => `/projects/${project.id}/members/${person.id}`;
const remove = async (person: Person): Promise<void> => {
  expectStatus(await project.admin.send('DELETE', path(person)), 204);
};
const become = async (person: Person, role: string): Promise<void> => {
  expectStatus(
    await project.admin.send('PATCH', path(person), {
      body: JSON.stringify({ role }),
      headers: { 'content-type': 'application/json' },
    }),
    200,
  );
};

interface Instance {
  id: string;
  status: string;
  availabilityReason: string;
  assignee: string | null;
  reservedFor: string | null;
  holdReason: string | null;
}
const instanceOf = async (task: string, node: string): Promise<Instance | undefined> => {
  const { body } = await project.admin.get<{ items: { node: string; instances: Instance[] }[] }>(
    `/tasks/${task}/nodes`,
  );
  return body.items.find((item) => item.node === node)?.instances.at(-1);
};
const until1 = (task: string, node: string, is: (instance: Instance) => boolean): Promise<Instance> =>
  until(`${node} to change`, async () => {
    const instance = await instanceOf(task, node);
    return instance && is(instance) ? instance : undefined;
  });
const isFree = ({ status, reservedFor }: Instance): boolean => status === 'available' && reservedFor === null;

/** Rejected once: the rework is kept for its author. */
async function reworkOf(person: Person): Promise<{ pipeline: string; task: string }> {
  const pipeline = await project.pipeline(reviewed());
  const task = await project.task(pipeline);
  await label1(person, pipeline, task);
  await judge(reviewer, pipeline, task, 'reject');
  expect(await instanceOf(task, 'annotate')).toMatchObject({ status: 'available', reservedFor: person.id });
  return { pipeline, task };
}

describe('who is removed', () => {
  it('gives rework free that was kept for them', async () => {
    const { pipeline, task } = await reworkOf(annotator);
    expect(await claimNext(other, pipeline)).toBeUndefined();
    await remove(annotator);

    await until1(task, 'annotate', isFree);
    expect(await claimNext(other, pipeline)).toMatchObject({ taskId: task, node: 'annotate' });
    const { body } = await project.admin.get<{ items: object[] }>(`/tasks/${task}/timeline`);
    expect(body.items).toContainEqual(
      expect.objectContaining({ type: 'freed', detail: expect.objectContaining({ cause: 'manager' }) as object }),
    );
  });

  it('holds nothing any more, and what they had written is there for the next', async () => {
    const definition = reviewed();
    const nodes = definition.nodes.map((node) =>
      node.key === 'annotate' ? { ...node, settings: { handOnDrafts: true } } : node,
    );
    const pipeline = await project.pipeline({ ...definition, nodes });
    const task = await project.task(pipeline);
    const item = await claimNext(annotator, pipeline);
    const draft = { values: { label: 'half' } };
    expectStatus(await annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/heartbeat`, draft), 200);
    await remove(annotator);

    expect(await until1(task, 'annotate', isFree)).toMatchObject({ availabilityReason: 'RELEASED', assignee: null });
    expect(await claimNext(other, pipeline)).toMatchObject({ draft: { label: 'half' } });
  });

  it('is not waited for when their work is rejected later', async () => {
    const pipeline = await project.pipeline(reviewed());
    const task = await project.task(pipeline);
    await label1(annotator, pipeline, task);
    await remove(annotator);
    await judge(reviewer, pipeline, task, 'reject');

    await until1(task, 'annotate', isFree);
    expect(await claimNext(other, pipeline)).toMatchObject({ taskId: task });
  });

  it('leaves work held where nobody else may do it', async () => {
    const pipeline = await project.pipeline(reviewed());
    const task = await project.task(pipeline);
    await label1(project.admin, pipeline, task);
    await claimNext(reviewer, pipeline);
    await remove(reviewer);

    const held = await until1(task, 'qa', ({ status }) => status === 'escalated');
    expect(held).toMatchObject({ holdReason: 'NO_ELIGIBLE_PERSON' });
  });

  it('is somebody of the project, whose others lose nothing', async () => {
    const { task } = await reworkOf(annotator);
    const stranger = await newProject(apiUrl, operatorKey);
    expect(await stranger.admin.send('DELETE', path(annotator))).toMatchObject({ status: 404 });
    await remove(other);
    const pipeline = await project.pipeline(reviewed());
    await project.task(pipeline);
    expect(await claimNext(annotator, pipeline)).toBeDefined();

    expect(await instanceOf(task, 'annotate')).toMatchObject({ reservedFor: annotator.id });
  });
});

it('who loses a role gives free what it was for, and nothing else', async () => {
  const both = await project.person('annotator_reviewer');
  const pipeline = await project.pipeline(reviewed());
  const [first, second] = [await project.task(pipeline), await project.task(pipeline)];
  await label1(annotator, pipeline, first);
  await claimNext(both, pipeline, { tasks: [first], nodes: ['qa'] });
  await claimNext(both, pipeline, { tasks: [second], nodes: ['annotate'] });
  await become(both, 'reviewer');

  await until1(second, 'annotate', isFree);
  expect(await instanceOf(first, 'qa')).toMatchObject({ status: 'claimed', assignee: both.id });
});

it('a manager gives rework free that is kept for somebody', async () => {
  const { pipeline, task } = await reworkOf(annotator);
  const release = `/node-instances/${task}.1.annotate.2/release`;

  expect(await other.post(release)).toMatchObject({ status: 409 });
  expectStatus(await project.admin.post(release), 200);
  expect(await claimNext(other, pipeline)).toMatchObject({ taskId: task });
});

describe('work is returned', () => {
  it('only to who may do it', async () => {
    const pipeline = await project.pipeline(reviewed());
    const task = await project.task(pipeline);
    const resolve = (node: string, to: string) =>
      project.admin.post(`/node-instances/${task}.1.${node}.1/resolve`, { how: 'return', to });
    const escalate = async (node: string): Promise<void> => {
      expectStatus(
        await project.admin.post(`/node-instances/${task}.1.${node}.1/escalate`, { reason: 'unclear' }),
        200,
      );
    };
    await escalate('annotate');

    for (const to of ['nobody', reviewer.id, (await newProject(apiUrl, operatorKey)).admin.id]) {
      expect(await resolve('annotate', to)).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
    }
    expect(await instanceOf(task, 'annotate')).toMatchObject({ status: 'escalated' });
    expectStatus(await resolve('annotate', other.id), 200);
    expect(await instanceOf(task, 'annotate')).toMatchObject({ status: 'available', reservedFor: other.id });

    await project.admin.post(`/node-instances/${task}.1.annotate.1/release`);
    await label1(project.admin, pipeline, task);
    await escalate('qa');
    expect(await resolve('qa', project.admin.id)).toMatchObject({ status: 409, body: { code: 'PERFORMER_EXCLUDED' } });
    expectStatus(await resolve('qa', reviewer.id), 200);
  });
});
