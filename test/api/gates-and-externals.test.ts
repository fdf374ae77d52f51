// Gates, chains and external programs, on real parts.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person } from '../support/project.js';
import { claimNext, expectStatus } from '../support/project.js';
import type { Task } from '../support/programs.js';
import { cat, label, only, programProject, quick, withoutFailedEdge } from '../support/programs.js';
import { until } from '../support/until.js';

const { apiUrl } = inject('stack');

let people: Awaited<ReturnType<typeof programProject>>;
let annotator: Person;

beforeAll(async () => {
  people = await programProject();
  annotator = await people.project.person('annotator');
});

describe('a gate', () => {
  const ways = [
    { from: 'it', on: 'yes', to: 'done' },
    { from: 'it', on: 'no', to: 'lost' },
  ];

  it.each([
    ['a dog', 'complete'],
    ['a cat', 'discard'],
  ])('asks its condition of %s', async (text, outcome) => {
    const branches = [{ outcome: 'yes', when: 'data.text.contains("dog")' }];
    const task = await people.run(only({ kind: 'gate', branches, otherwise: 'no' }, ways), text);

    expect(await people.ended(task)).toMatchObject({ outcome });
    const { body } = await people.project.admin.get<{ items: { node: string; status: string }[] }>(
      `/tasks/${task}/nodes`,
    );
    expect(body.items.filter(({ status }) => status === 'na')).toHaveLength(1);
  });

  it('that can not be evaluated fails the cycle, or takes the edge "failed"', async () => {
    const branches = [{ outcome: 'yes', when: 'data.missing > 3' }];
    const pipeline = only({ kind: 'gate', branches, otherwise: 'no' }, ways);

    expect(await people.ended(await people.run(pipeline))).toMatchObject({ outcome: 'discard' });
  });

  it('is refused at publishing where its condition is wrong', async () => {
    const branches = [{ outcome: 'yes', when: 'data.text +' }];
    const pipeline = only({ kind: 'gate', branches, otherwise: 'no' }, ways);

    const { status, body } = await people.project.admin.post<object>(
      `/projects/${people.project.id}/pipelines`,
      pipeline,
    );

    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'PIPELINE_INVALID',
      problems: [{ pointer: '/nodes/1/branches/0/when', severity: 'error' }],
    });
  });
});

describe('a chain', () => {
  it('creates one task of the other pipeline, with the data that it names', async () => {
    const target = only({ kind: 'gate', branches: [{ outcome: 'yes', share: 1 }], otherwise: 'no' }, [
      { from: 'it', on: 'yes', to: 'done' },
      { from: 'it', on: 'no', to: 'lost' },
    ]);
    const targetId = await people.project.pipeline(target);
    const task = await people.run(
      only({ kind: 'chain', pipeline: target.name, data: { shout: 'data.text + "!"' }, ...quick }),
      'hey',
    );

    expect(await people.ended(task)).toMatchObject({ outcome: 'complete' });
    const created = await until('the chained task', async () => {
      const { body } = await people.project.admin.get<{ items: Task[] }>(`/pipelines/${targetId}/tasks`);
      return body.items.find(({ status }) => status === 'finished');
    });
    expect(created).toMatchObject({
      outcome: 'complete',
      data: { shout: 'hey!' },
      metadata: { chainedFrom: { taskId: task, node: 'it', depth: 1 } },
    });
  });

  it('to a pipeline that is not there fails', async () => {
    const task = await people.run(withoutFailedEdge(only({ kind: 'chain', pipeline: 'no such', ...quick })));

    expect(await people.ended(task)).toMatchObject({
      status: 'failed',
      failure: expect.stringContaining('PIPELINE_UNKNOWN') as string,
    });
  });
});

describe('an external program', () => {
  const external = (more: object = {}) => ({ kind: 'external', pathways: ['good', 'bad'], form: label, ...more });
  const ways = [
    { from: 'it', on: 'good', to: 'done' },
    { from: 'it', on: 'bad', to: 'lost' },
    { from: 'it', on: 'timeout', to: 'lost' },
  ];
  const pipelineOf = (more: object = {}) => {
    const { edges, ...rest } = only(external(more), ways);
    return { ...rest, edges: edges.filter((edge) => !('on' in edge) || (edge as { on: string }).on !== 'failed') };
  };

  it('takes the work and answers later, by token, once', async () => {
    const pipeline = await people.project.pipeline(pipelineOf({ timeout: 'PT1H' }));
    const task = await people.project.task(pipeline);
    const item = await until('work to claim', () => claimNext(annotator, pipeline));
    const made = await annotator.post<{ path: string }>(`/node-instances/${item.nodeInstanceId}/callback`);
    expectStatus(made, 201);
    const answer = (body: object) =>
      fetch(`${apiUrl}${made.body.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });

    expect((await answer({ pathway: 'good', values: { label: 3 } })).status).toBe(422);
    expect((await answer({ pathway: 'neither', values: cat })).status).toBe(422);
    expect((await answer({ pathway: 'good', values: cat })).status).toBe(200);
    expect((await answer({ pathway: 'good', values: cat })).status).toBe(200);

    expect(await people.ended(task)).toMatchObject({ outcome: 'complete' });
    expect(await people.executionsOf(task)).toMatchObject([
      { kind: 'external', actor: annotator.id, status: 'succeeded', outcome: 'good' },
    ]);
  });

  it('gives tokens to the holder only, and takes none that it did not give', async () => {
    const pipeline = await people.project.pipeline(pipelineOf({ timeout: 'PT1H' }));
    await people.project.task(pipeline);
    const item = await until('work to claim', () => claimNext(annotator, pipeline));
    const other = await people.project.person('annotator');

    expect(await other.post(`/node-instances/${item.nodeInstanceId}/callback`)).toMatchObject({ status: 403 });
    const made = await fetch(`${apiUrl}/v1/callbacks/cb_${'x'.repeat(43)}`, { method: 'POST' });
    expect(made.status).toBe(404);
  });

  it('that does not answer in time has an outcome of its own', async () => {
    const task = await people.run(pipelineOf({ timeout: 'PT1S' }));

    expect(await people.ended(task)).toMatchObject({ outcome: 'discard' });
    expect(await people.executionsOf(task)).toMatchObject([{ kind: 'external', status: 'failed', code: 'TIMEOUT' }]);
  });
});
