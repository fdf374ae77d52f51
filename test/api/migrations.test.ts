// Versions and migrations: open tasks stay on the structure they began with, until they are moved to another, each as far as it can.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { migrations } from '../support/migrations.js';
import { openClient } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const client = await openClient();
/** `npm run proof -- --only migrations` sets the full size. */
const many = Number(process.env['MIGRATED_CYCLES'] ?? 50);
const fewer = Math.ceil(many / 5);

let project: TestProject;
let annotator: Person;
let reviewer: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, reviewer] = await Promise.all([project.person('annotator'), project.person('reviewer')]);
});

interface Node {
  node: string;
  status: string;
}

const nodesOf = async (taskId: string): Promise<Node[]> =>
  (await project.admin.get<{ items: Node[] }>(`/tasks/${taskId}/nodes`)).body.items;
const ends = (taskId: string): Promise<boolean> =>
  until('the task to end', async () => {
    const { body } = await project.admin.get<{ status: string; outcome: string }>(`/tasks/${taskId}`);
    return body.status === 'finished' && body.outcome === 'complete';
  });

const { polished, withoutReview, otherLabel } = migrations;

async function publish(pipeline: string, definition: object): Promise<number> {
  const reply = await project.admin.put<{ version: number }>(`/pipelines/${pipeline}`, definition);
  expectStatus(reply, 200);
  return reply.body.version;
}

async function manyTasks(pipeline: string, count: number): Promise<string[]> {
  const tasks: string[] = [];
  for (let made = 0; made < count; made += 500) {
    const batch = Array.from({ length: Math.min(500, count - made) }, () => ({ data: { text: 'hello' } }));
    const reply = await project.admin.post<{ items: { id: string }[] }>(`/pipelines/${pipeline}/tasks`, {
      tasks: batch,
    });
    expectStatus(reply, 201);
    tasks.push(...reply.body.items.map(({ id }) => id));
  }
  return tasks;
}

/** The nodes that a task has come through on its way. */
const wayOf = async (taskId: string): Promise<string[]> => (await nodesOf(taskId)).map(({ node }) => node);
const oldWay = ['start', 'annotate', 'qa', 'done'];
const newWay = ['start', 'annotate', 'done'];

async function migrated(pipeline: string, ask: object = {}) {
  const begun = await project.admin.post<{ id: string }>(`/pipelines/${pipeline}/migrate`, ask);
  expectStatus(begun, 201);
  return migrations.finished(project.admin, begun.body.id);
}

/** Labels the next task's step that is there, whichever it is. */
async function work(person: Person, pipeline: string, taskId: string, node: string): Promise<void> {
  // What a rework leads to comes with its report.
  const item = await until(node, () => claimNext(person, pipeline, { tasks: [taskId], nodes: [node] }));
  expectStatus(await person.post(`/node-instances/${item.nodeInstanceId}/submit`, { values: { label: 'x' } }), 200);
}

async function endsBy(taskId: string, way: string[]): Promise<void> {
  await ends(taskId);
  expect(await wayOf(taskId)).toEqual(way);
}

describe('a new version', () => {
  it(
    `leaves ${String(many)} open tasks to end on the old structure; those that begin after it end on the new one`,
    { timeout: 60_000 + many * 600 },
    async () => {
      const definition = reviewed();
      const pipeline = await project.pipeline(definition);
      const old = await manyTasks(pipeline, many);
      for (const task of old.slice(0, fewer)) await label1(annotator, pipeline, task);
      await publish(pipeline, withoutReview(definition));
      const young = await manyTasks(pipeline, fewer);

      for (const task of [...old.slice(fewer), ...young]) await label1(annotator, pipeline, task);
      for (const task of old) await judge(reviewer, pipeline, task, 'approve');

      for (const task of old) await endsBy(task, oldWay);
      for (const task of young) await endsBy(task, newWay);
    },
  );

  it('leaves open tasks on the structure they began with, also at nodes that it has no more', async () => {
    const definition = reviewed();
    const pipeline = await project.pipeline(definition);
    const old = await project.task(pipeline);
    await label1(annotator, pipeline, old);
    await publish(pipeline, withoutReview(definition));
    const young = await project.task(pipeline);

    expect((await nodesOf(old)).map(({ node }) => node)).toEqual(['start', 'annotate', 'qa', 'done']);
    expect((await nodesOf(young)).map(({ node }) => node)).toEqual(['start', 'annotate', 'done']);
    expect(await claimNext(reviewer, pipeline)).toMatchObject({ taskId: old, node: 'qa' });
    expectStatus(await reviewer.post(`/node-instances/${old}.1.qa.1/approve`, {}), 200);
    await label1(annotator, pipeline, young);
    await Promise.all([ends(old), ends(young)]);
  });

  it('does not let anybody work at a node of the same name for whom its kind is not', async () => {
    const definition = reviewed();
    const pipeline = await project.pipeline(definition);
    await project.task(pipeline);
    const { nodes, ...rest } = definition;
    const turned = nodes.map((node) =>
      node.key === 'qa'
        ? { key: 'qa', kind: 'labeling', form: { type: 'object' } }
        : node.key === 'annotate'
          ? { ...node, key: 'first' }
          : node,
    );
    await publish(pipeline, {
      ...rest,
      nodes: turned,
      edges: [
        { from: 'start', to: 'qa' },
        { from: 'qa', to: 'first' },
        { from: 'first', to: 'done' },
      ],
    });
    await project.task(pipeline);

    expect(await claimNext(reviewer, pipeline, { nodes: ['qa'] })).toBeUndefined();
    expect(await claimNext(annotator, pipeline, { nodes: ['qa'] })).toMatchObject({ node: 'qa' });
    expect(await claimNext(annotator, pipeline)).toMatchObject({ node: 'annotate' });
  });

  it('checks work that is held by the form that it was claimed with', async () => {
    const definition = reviewed();
    const pipeline = await project.pipeline(definition);
    const [held, free] = [await project.task(pipeline), await project.task(pipeline)];
    const item = await claimNext(annotator, pipeline, { tasks: [held] });
    await publish(pipeline, otherLabel(definition));
    const result = await migrated(pipeline);
    expect(result.counts).toMatchObject({ moved: 2, stays: 0 });

    const path = `/node-instances/${String(item?.nodeInstanceId)}`;
    expect(await annotator.post(`${path}/submit`, { values: { other: 1 } })).toMatchObject({
      ...{ status: 422, body: { code: 'FORM_INVALID' } },
    });
    expectStatus(await annotator.post(`${path}/submit`, { values: { label: 'x' } }), 200);
    const fresh = await claimNext(annotator, pipeline, { tasks: [free] });
    expect(fresh).toMatchObject({ form: { properties: { other: {} } } });
    const submitted = await annotator.post(`/node-instances/${String(fresh?.nodeInstanceId)}/submit`, {
      values: { other: 1 },
    });
    expectStatus(submitted, 200);
  });
});

describe('a migration', () => {
  it(
    `of ${String(many)} open tasks does what its dry run said, and all of them come to their end`,
    { timeout: 60_000 + many * 600 },
    async () => {
      const definition = reviewed();
      const pipeline = await project.pipeline(definition);
      const tasks = await manyTasks(pipeline, many);
      // Every fifth is at its review, one of them in rework: the next version has no review.
      const reviewedOnes = tasks.filter((_, index) => index % 5 === 0);
      for (const task of reviewedOnes) await label1(annotator, pipeline, task);
      const [reworked = ''] = reviewedOnes;
      await judge(reviewer, pipeline, reworked, 'reject');
      const toVersion = await publish(pipeline, withoutReview(definition));
      // Neither those that begin before the run nor those that begin after it are its concern.
      const young = await manyTasks(pipeline, fewer);

      const dry = await migrated(pipeline, { dryRun: true });
      expect(dry).toMatchObject({ dryRun: true, toVersion, status: 'finished' });
      expect(dry.counts).toEqual({
        moved: 0,
        movable: many - reviewedOnes.length,
        stays: reviewedOnes.length,
        ended: 0,
      });
      expect(dry.reasons).toEqual([{ reason: 'NODE_GONE', node: 'qa', count: reviewedOnes.length }]);
      const run = await migrated(pipeline);

      expect(run.counts).toEqual({
        moved: many - reviewedOnes.length,
        movable: 0,
        stays: reviewedOnes.length,
        ended: 0,
      });
      expect(new Set(run.cycles.filter(({ outcome }) => outcome === 'stays').map(({ taskId }) => taskId))).toEqual(
        new Set(reviewedOnes),
      );
      const verdict = ({ cycleId, outcome }: { cycleId: string; outcome: string }) => [cycleId, outcome === 'stays'];
      expect(run.cycles.map(verdict)).toEqual(dry.cycles.map(verdict));
      young.push(...(await manyTasks(pipeline, fewer)));
      expect((await migrated(pipeline)).counts).toMatchObject({ moved: 0, stays: reviewedOnes.length });

      await label1(annotator, pipeline, reworked);
      for (const task of reviewedOnes) await judge(reviewer, pipeline, task, 'approve');
      const others = [...tasks.filter((task) => !reviewedOnes.includes(task)), ...young];
      for (const task of others) await label1(annotator, pipeline, task);
      for (const task of reviewedOnes) await endsBy(task, oldWay);
      for (const task of others) await endsBy(task, newWay);
    },
  );

  it('takes tasks along with their rework, and their next steps are new ones', async () => {
    const definition = reviewed();
    const pipeline = await project.pipeline(definition);
    const [waiting, inRework] = [await project.task(pipeline), await project.task(pipeline)];
    await label1(annotator, pipeline, waiting);
    // What leads out of rework stays as it is: only what comes after may change.
    await publish(pipeline, polished(definition, false));
    await migrated(pipeline);
    await label1(annotator, pipeline, inRework);
    await judge(reviewer, pipeline, inRework, 'reject');
    await publish(pipeline, polished(definition, true));
    const result = await migrated(pipeline);

    expect(result.cycles.map(({ outcome }) => outcome)).toEqual(['moved', 'moved']);
    expect(result.fromVersion).toBeNull();
    await label1(annotator, pipeline, inRework);
    for (const task of [waiting, inRework]) {
      await judge(reviewer, pipeline, task, 'approve');
      await work(annotator, pipeline, task, 'polish');
      await work(annotator, pipeline, task, 'shine');
      await ends(task);
    }
    expect((await nodesOf(inRework)).find(({ node }) => node === 'shine')).toMatchObject({ status: 'finished' });
    const { body } = await project.admin.get<{ items: { type: string; actor: string }[] }>(
      `/tasks/${waiting}/timeline`,
    );
    expect(body.items.filter(({ type }) => type === 'migrated').map(({ actor }) => actor)).toEqual([
      project.admin.id,
      project.admin.id,
    ]);
  });

  it('judges anew what has changed since the dry run', async () => {
    const definition = reviewed();
    const pipeline = await project.pipeline(definition);
    const taskId = await project.task(pipeline);
    await publish(pipeline, withoutReview(definition));
    expect((await migrated(pipeline, { dryRun: true })).counts).toMatchObject({ movable: 1 });
    await label1(annotator, pipeline, taskId);

    const { counts, cycles } = await migrated(pipeline);
    expect(counts).toMatchObject({ moved: 0, stays: 1 });
    expect(cycles).toMatchObject([{ taskId, reason: 'NODE_GONE', node: 'qa' }]);
  });

  it('moves only what is on the version that is named, and tells by outcome, page by page', async () => {
    const definition = reviewed();
    const pipeline = await project.pipeline(definition);
    await project.task(pipeline);
    await publish(pipeline, polished(definition, false));
    const [second, third] = [await project.task(pipeline), await project.task(pipeline)];
    await publish(pipeline, polished(definition, true));
    const { id, cycles } = await migrated(pipeline, { fromVersion: 2, dryRun: true });

    expect(cycles.map(({ taskId }) => taskId)).toEqual([second, third]);
    const page = await project.admin.get<{ items: object[]; nextPageToken: string }>(
      `/migrations/${id}/cycles?limit=1&outcome=movable`,
    );
    expect(page.body).toMatchObject({ items: [{ taskId: second }], nextPageToken: expect.any(String) as string });
    expect((await project.admin.get(`/migrations/${id}/cycles?outcome=stays`)).body).toMatchObject({ items: [] });
  });

  it('answers each cycle, though many migrations ask the same one at once', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const { plan, task } = await client.state(`cycle:${taskId}.1`);
    const asked = Array.from({ length: 20 }, (_, index) => ({
      ...{ id: `${taskId}-${String(index)}`, actor: { id: project.admin.id }, versionId: task.versionId, plan },
    }));

    const outcomes = await Promise.all(asked.map((command) => client.migrate(`cycle:${taskId}.1`, command)));

    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['answered']));
  });

  it('is started once for one key, by admins of the project alone', async () => {
    const pipeline = await project.pipeline(reviewed());
    const stranger = (await newProject(apiUrl, operatorKey)).admin;
    const boss = await project.person('team_manager');
    const path = `/pipelines/${pipeline}/migrate`;
    const ask = () => project.admin.post<{ id: string }>(path, {}, { 'idempotency-key': pipeline });
    const [one, again] = [await ask(), await ask()];

    expect(again.body.id).toBe(one.body.id);
    expect(await boss.post(path, {})).toMatchObject({ status: 403 });
    expect(await stranger.post(path, {})).toMatchObject({ status: 404 });
    expect(await boss.get(`/migrations/${one.body.id}`)).toMatchObject({ status: 200 });
    expect(await annotator.get(`/migrations/${one.body.id}`)).toMatchObject({ status: 403 });
    for (const what of ['', '/cycles']) {
      expect(await stranger.get(`/migrations/${one.body.id}${what}`)).toMatchObject({ status: 404 });
    }
    for (const wrong of [{ toVersion: 2 }, { fromVersion: 7 }, { dryRun: 'yes' }, { colour: 'red' }]) {
      expect(await project.admin.post(path, wrong)).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
    }
  });
});
