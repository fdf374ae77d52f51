// Work that everybody who might do it has given back is held for a manager, whatever kind of node it is.
import { describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import {
  adjudicated,
  claimNext,
  expectStatus,
  judge,
  label1,
  newProject,
  reviewed,
  vote1,
  voted,
} from '../support/project.js';
import { label, only, quick, withoutFailedEdge } from '../support/programs.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const reason = { reason: 'not for me' };

interface Small {
  project: TestProject;
  annotator: Person;
  other: Person;
  reviewer: Person;
}

/** Two annotators, a reviewer and the admin, who works everywhere. */
async function small(): Promise<Small> {
  const project = await newProject(apiUrl, operatorKey);
  const [annotator, other] = [await project.person('annotator'), await project.person('annotator')];
  return { project, annotator, other, reviewer: await project.person('reviewer') };
}

const skip = async (person: Person, instance: string) => {
  expectStatus(await person.post(`/node-instances/${instance}/claim`), 200);
  return person.post(`/node-instances/${instance}/skip`, reason);
};

/** Only with the skip of the last one is it held; a return gives it to all of them again. */
async function skippedByAll({ project }: Small, instance: string, people: readonly Person[]): Promise<void> {
  for (const person of people.slice(0, -1))
    expect(await skip(person, instance)).toMatchObject({ status: 200, body: { status: 'available' } });
  const last = people.at(-1) ?? project.admin;
  expect(await skip(last, instance)).toMatchObject({ status: 200, body: { status: 'escalated' } });

  const taskId = instance.split('.')[0] ?? '';
  const { body } = await project.admin.get(`/tasks/${taskId}/nodes`);
  expect(JSON.stringify(body)).toContain('"holdReason":"NO_ELIGIBLE_PERSON"');
  expect((await project.admin.get(`/tasks/${taskId}`)).body).toMatchObject({ status: 'escalated' });
  expectStatus(await project.admin.post(`/node-instances/${instance}/resolve`, { how: 'return' }), 200);
  expectStatus(await last.post(`/node-instances/${instance}/claim`), 200);
}

const available = (project: TestProject, taskId: string, node: string): Promise<string> =>
  until(`work at ${node}`, async () => {
    const { body } = await project.admin.get<{
      items: { node: string; instances: { id: string; status: string }[] }[];
    }>(`/tasks/${taskId}/nodes`);
    const visits = body.items.find((item) => item.node === node)?.instances ?? [];
    return visits.find(({ status }) => status === 'available')?.id;
  });

describe('the last who may work there, skipping', () => {
  it('a review, which its author may not do', async () => {
    const world = await small();
    const { project, reviewer } = world;
    const author = await project.person('annotator_reviewer');
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(author, pipeline, taskId);

    await skippedByAll(world, `${taskId}.1.qa.1`, [reviewer, project.admin]);
  });

  it('rework', async () => {
    const world = await small();
    const { project, annotator, other, reviewer } = world;
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'reject');

    await skippedByAll(world, `${taskId}.1.annotate.2`, [annotator, other, project.admin]);
  });

  it('a consensus_review, which no voter may do', async () => {
    const world = await small();
    const { project, other, reviewer } = world;
    const voter = await project.person('annotator_reviewer');
    const pipeline = await project.pipeline(adjudicated());
    const taskId = await project.task(pipeline);
    await vote1(voter, pipeline, taskId, 'a');
    await vote1(other, pipeline, taskId, 'b');

    await skippedByAll(world, `${taskId}.1.judge.1`, [reviewer, project.admin]);
  });

  it.each([
    ['an llm node', { kind: 'llm', form: label, model: { model: 'prudish', prompt: 'x', ...quick } }],
    [
      'a labeling node with a model',
      { kind: 'labeling', form: label, settings: { model: { model: 'prudish', prompt: 'x', as: 'worker', ...quick } } },
    ],
  ])('%s that fell to people', async (_, node) => {
    const world = await small();
    const { project, annotator, other } = world;
    const taskId = await project.task(await project.pipeline(withoutFailedEdge(only(node))));

    await skippedByAll(world, await available(project, taskId, 'it'), [annotator, other, project.admin]);
  });

  it('a review that its model left to people', async () => {
    const world = await small();
    const { project, annotator, reviewer } = world;
    const { nodes, ...rest } = reviewed();
    const settings = { model: { model: 'prudish', prompt: 'x', as: 'worker', ...quick } };
    const pipeline = await project.pipeline({
      ...rest,
      nodes: nodes.map((node) => (node.key === 'qa' ? { ...node, settings } : node)),
    });
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);

    await skippedByAll(world, await available(project, taskId, 'qa'), [reviewer, project.admin]);
  });

  it('an external node', async () => {
    const world = await small();
    const { project, annotator, other } = world;
    const pipeline = await project.pipeline(withoutFailedEdge(only({ kind: 'external', form: label })));
    const taskId = await project.task(pipeline);

    await skippedByAll(world, `${taskId}.1.it.1`, [annotator, other, project.admin]);
  });

  it('work that excludes who did an earlier step', async () => {
    const world = await small();
    const { project, annotator, other } = world;
    const { name, nodes } = reviewed();
    const [start, annotate, , done] = nodes;
    const second = { ...annotate, key: 'second', settings: { excludePerformersOf: ['annotate'] } };
    const pipeline = await project.pipeline({
      name,
      nodes: [start, annotate, second, done],
      edges: [
        { from: 'start', to: 'annotate' },
        { from: 'annotate', to: 'second' },
        { from: 'second', to: 'done' },
      ],
    });
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);

    await skippedByAll(world, `${taskId}.1.second.1`, [other, project.admin]);
  });
});

describe('a slot that somebody skips', () => {
  const slots = async ({ project }: Small, count: number) => {
    const pipeline = await project.pipeline(voted(count));
    return { pipeline, taskId: await project.task(pipeline) };
  };

  it('is held as soon as fewer people are left than slots', async () => {
    const world = await small();
    const { project, annotator, other } = world;
    const { pipeline, taskId } = await slots(world, 3);

    expect(await skip(annotator, `${taskId}.1.vote.1.s1`)).toMatchObject({ body: { status: 'escalated' } });

    await vote1(other, pipeline, taskId, 'a');
    await vote1(project.admin, pipeline, taskId, 'a');
    expectStatus(await project.admin.post(`/node-instances/${taskId}.1.vote.1.s1/resolve`, { how: 'return' }), 200);
    await vote1(annotator, pipeline, taskId, 'a');
    await until('the end', async () => (await project.admin.get(`/tasks/${taskId}`)).body['status'] === 'finished');
  });

  it('stays open while there are enough', async () => {
    const world = await small();
    const { project, annotator, other } = world;
    const { pipeline, taskId } = await slots(world, 2);

    expect(await skip(annotator, `${taskId}.1.vote.1.s1`)).toMatchObject({ body: { status: 'available' } });

    await vote1(other, pipeline, taskId, 'a');
    await vote1(project.admin, pipeline, taskId, 'a');
    await until('the end', async () => (await project.admin.get(`/tasks/${taskId}`)).body['status'] === 'finished');
  });

  it('of another round counts those whose own slot is kept for them', async () => {
    const world = await small();
    const { project, annotator, other, reviewer } = world;
    const pipeline = await project.pipeline(adjudicated());
    const taskId = await project.task(pipeline);
    await vote1(annotator, pipeline, taskId, 'a');
    await vote1(other, pipeline, taskId, 'b');
    const review = await claimNext(reviewer, pipeline);
    expectStatus(await reviewer.post(`/node-instances/${String(review?.nodeInstanceId)}/reject`), 200);

    const mine = await claimNext(annotator, pipeline);
    const slot = String(mine?.nodeInstanceId);
    const skipped = await annotator.post(`/node-instances/${slot}/skip`, reason);

    // The admin may take it; the other one's slot waits for them.
    expect(skipped).toMatchObject({ body: { status: 'available' } });
    expect(await skip(project.admin, slot)).toMatchObject({ body: { status: 'escalated' } });
    expect(await claimNext(other, pipeline)).toBeDefined();
  });
});
