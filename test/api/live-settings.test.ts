// Settings of a node that change while tasks run: from the next visit on, optimistic, and with who changed what.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { openClient } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const client = await openClient();
const minute = 60_000;

interface Settings {
  version: number;
  settings: Record<string, unknown>;
  live: Record<string, unknown>;
  changes: { version: number; changedBy: string; before: object; after: object; changedAt: string }[];
}

let project: TestProject;
let annotator: Person;
let reviewer: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, reviewer] = await Promise.all([project.person('annotator'), project.person('reviewer')]);
});

const pathOf = (pipeline: string, node: string): string => `/pipelines/${pipeline}/nodes/${node}/settings`;

const patch = (pipeline: string, node: string, settings: object, more: object = {}, person: Person = project.admin) =>
  person.send<Settings & { code: string; problems: { pointer: string }[] }>('PATCH', pathOf(pipeline, node), {
    body: JSON.stringify({ settings, ...more }),
    headers: { 'content-type': 'application/json' },
  });

const leaseOf = (item: { leaseUntil: string } | undefined): number =>
  Math.round((Date.parse(item?.leaseUntil ?? '') - Date.now()) / minute);

describe('a running cycle', () => {
  it('keeps the lease of the visit it is at, and has the new settings from the next visit on', async () => {
    const pipeline = await project.pipeline(reviewed({ lease: 'PT10M' }));
    const taskId = await project.task(pipeline);
    expectStatus(await patch(pipeline, 'annotate', { lease: 'PT20M' }), 200);
    expectStatus(await patch(pipeline, 'qa', { lease: 'PT40M', limits: { maxReviewFailures: 0 } }), 200);

    const first = await claimNext(annotator, pipeline);
    expect(leaseOf(first)).toBe(10);
    expectStatus(
      await annotator.post(`/node-instances/${String(first?.nodeInstanceId)}/submit`, { values: { label: 'x' } }),
      200,
    );
    const review = await claimNext(reviewer, pipeline);
    expect(leaseOf(review)).toBe(40);
    expectStatus(await reviewer.post(`/node-instances/${String(review?.nodeInstanceId)}/reject`, {}), 200);

    const { body } = await project.admin.get<{ status: string }>(`/tasks/${taskId}`);
    expect(body.status).toBe('escalated');
    const held = `/node-instances/${taskId}.1.annotate.2`;
    expectStatus(await project.admin.post(`${held}/resolve`, { how: 'return' }), 200);
    expect(leaseOf(await claimNext(annotator, pipeline))).toBe(20);
  });

  it('takes a visit over that the very command opened, whose record tells it', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const item = await claimNext(annotator, pipeline);
    expectStatus(await patch(pipeline, 'qa', { lease: 'PT40M' }), 200);
    const submit = `/node-instances/${String(item?.nodeInstanceId)}/submit`;
    expectStatus(await annotator.post(submit, { values: { label: 'x' } }), 200);

    expect(leaseOf(await claimNext(reviewer, pipeline))).toBe(40);
    const { body } = await project.admin.get<{ items: { type: string }[] }>(`/tasks/${taskId}/timeline`);
    expect(body.items.map(({ type }) => type)).toContain('settingsChanged');
  });

  it('tells its rework of it', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    const review = await claimNext(reviewer, pipeline);
    expectStatus(await patch(pipeline, 'annotate', { lease: 'PT50M' }), 200);
    expectStatus(await reviewer.post(`/node-instances/${String(review?.nodeInstanceId)}/reject`, {}), 200);
    const child = `rework:${taskId}.1:annotate:2`;
    await until('the rework to know', async () => (await client.state(child)).plan.settings === 1);

    expect(leaseOf(await claimNext(annotator, pipeline))).toBe(50);
  });

  it('that nobody changes the settings of has not one event more', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    await judge(reviewer, pipeline, taskId, 'approve');
    const handle = client.temporal.workflow.getHandle(`cycle:${taskId}.1`);
    const ended = await until('the end', async () => {
      const found = await handle.describe();
      return found.status.name === 'COMPLETED' && found;
    });

    // As in test/replay/histories/taskCycle.completed.v0.1.0.json.
    expect(ended.historyLength).toBeLessThanOrEqual(34);
  });
});

describe('a new task', () => {
  it('begins with the settings in force, and needs no event to learn of them', async () => {
    const pipeline = await project.pipeline(reviewed({ lease: 'PT10M' }));
    expectStatus(await patch(pipeline, 'annotate', { lease: 'PT20M', priority: 0.9 }), 200);
    const taskId = await project.task(pipeline);

    expect(leaseOf(await claimNext(annotator, pipeline))).toBe(20);
    const { body } = await project.admin.get<{ items: { type: string }[] }>(`/tasks/${taskId}/timeline`);
    expect(body.items.map(({ type }) => type)).toEqual(['opened', 'claimed']);
  });

  it('is claimed at the more urgent node first, as it is now', async () => {
    const { nodes, ...rest } = reviewed();
    const two = nodes.map((node) =>
      node.key === 'qa' ? { ...node, key: 'other', kind: 'labeling', reviews: undefined } : node,
    );
    const pipeline = await project.pipeline({
      ...rest,
      nodes: two.map(({ ...node }) => (node.key === 'other' ? { ...node, form: { type: 'object' } } : node)),
      edges: [
        { from: 'start', to: 'annotate' },
        { from: 'start', to: 'other' },
        { from: 'annotate', to: 'done' },
        { from: 'other', to: 'done' },
      ],
    });
    expectStatus(await patch(pipeline, 'other', { priority: 1 }), 200);
    await project.task(pipeline);

    expect(await claimNext(annotator, pipeline)).toMatchObject({ node: 'other' });
  });
});

it('drafts are handed on as soon as the setting says so', async () => {
  const pipeline = await project.pipeline(reviewed());
  await project.task(pipeline);
  const item = await claimNext(annotator, pipeline);
  const release = `/node-instances/${String(item?.nodeInstanceId)}/release`;
  expectStatus(await annotator.post(release, { values: { label: 'half' } }), 200);
  expectStatus(await patch(pipeline, 'annotate', { handOnDrafts: true }), 200);

  expect(await claimNext(await project.person('annotator'), pipeline)).toMatchObject({ draft: { label: 'half' } });
});

describe('settings', () => {
  it('are told with who changed what, and go back to what the version says', async () => {
    const pipeline = await project.pipeline(reviewed({ lease: 'PT10M' }));
    const boss = await project.person('team_manager');
    expectStatus(await patch(pipeline, 'annotate', { lease: 'PT20M', onSkip: 'me' }, {}, boss), 200);
    const changed = await patch(pipeline, 'annotate', { lease: null });

    expect(changed).toMatchObject({
      ...{ status: 200, body: { version: 2, live: { onSkip: 'me' } } },
    });
    const { body, headers } = await annotator.get<Settings>(pathOf(pipeline, 'annotate'));
    expect(headers.get('etag')).toBe('"2"');
    expect(body.settings).toEqual({ lease: 'PT10M', onSkip: 'me' });
    expect(body.changes).toMatchObject([
      { version: 2, changedBy: project.admin.id, before: { lease: 'PT20M', onSkip: 'me' }, after: { onSkip: 'me' } },
      { version: 1, changedBy: boss.id, before: {}, after: { lease: 'PT20M', onSkip: 'me' } },
    ]);
  });

  it('are changed only by who saw them as they are', async () => {
    const pipeline = await project.pipeline(reviewed());
    const both = await Promise.all([1, 2].map(() => patch(pipeline, 'annotate', { lease: 'PT1M' }, { version: 0 })));
    const header = await project.admin.send('PATCH', pathOf(pipeline, 'annotate'), {
      body: JSON.stringify({ settings: { lease: 'PT1M' } }),
      headers: { 'content-type': 'application/json', 'if-match': '"0"' },
    });

    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(header).toMatchObject({ status: 409, body: { code: 'STALE_TASK' } });
  });

  it.each<[string, string, object, string]>([
    ['a node that is not there', 'nowhere', { lease: 'PT1M' }, 'NOT_FOUND'],
    ['a duration that is none', 'annotate', { lease: 'soon' }, 'PIPELINE_INVALID'],
    ['a node to exclude that is not there', 'qa', { excludePerformersOf: ['nowhere'] }, 'PIPELINE_INVALID'],
    ['an edge that is not there', 'annotate', { onSkip: 'leave' }, 'PIPELINE_INVALID'],
    ['what a kind has not', 'annotate', { limits: { maxReReviews: 1 } }, 'INVALID_REQUEST'],
    ['structure', 'annotate', { actions: ['complete'] }, 'INVALID_REQUEST'],
    ['nothing', 'annotate', {}, 'INVALID_REQUEST'],
  ])('are refused for %s, and nothing has changed', async (_, node, settings, code) => {
    const pipeline = await project.pipeline(reviewed());

    expect((await patch(pipeline, node, settings)).body.code).toBe(code);
    expect((await project.admin.get<Settings>(pathOf(pipeline, 'annotate'))).body).toMatchObject({
      version: 0,
      changes: [],
    });
  });

  it('are changed by managers of the project alone', async () => {
    const pipeline = await project.pipeline(reviewed());
    const stranger = (await newProject(apiUrl, operatorKey)).admin;

    expect(await patch(pipeline, 'annotate', { lease: 'PT1M' }, {}, annotator)).toMatchObject({ status: 403 });
    expect(await patch(pipeline, 'annotate', { lease: 'PT1M' }, {}, stranger)).toMatchObject({ status: 404 });
    expect(await stranger.get(pathOf(pipeline, 'annotate'))).toMatchObject({ status: 404 });
  });

  it('stay in force over a new version, which says so, and which they have to fit', async () => {
    const definition = reviewed({ lease: 'PT10M' });
    const pipeline = await project.pipeline(definition);
    const skippable = { ...definition, edges: [...definition.edges, { from: 'annotate', on: 'skip', to: 'done' }] };
    const leaving = skippable.nodes.map((node) =>
      node.key === 'annotate' ? { ...node, settings: { onSkip: 'leave' } } : node,
    );
    expectStatus(await project.admin.put(`/pipelines/${pipeline}`, { ...skippable, nodes: leaving }), 200);
    expectStatus(await patch(pipeline, 'annotate', { onSkip: 'leave', lease: 'PT20M' }), 200);

    const unfit = await project.admin.put(`/pipelines/${pipeline}`, definition);
    const fit = await project.admin.put<{ warnings: object[] }>(`/pipelines/${pipeline}`, {
      ...skippable,
      nodes: leaving,
    });

    expect(unfit).toMatchObject({ status: 422, body: { code: 'PIPELINE_INVALID' } });
    expect(fit.body.warnings).toMatchObject([
      { pointer: '/nodes/1/settings/lease', severity: 'warning' },
      { pointer: '/nodes/1/settings/onSkip', severity: 'warning' },
    ]);
    await project.task(pipeline);
    expect(leaseOf(await claimNext(annotator, pipeline))).toBe(20);
  });
});
