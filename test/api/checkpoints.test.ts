// Checkpoints over HTTP: cycles of a batch are held until all of it, or one person's share of it, is done; then one new cycle starts.
import { beforeAll, describe, expect, inject, test } from 'vitest';
import {
  annotates,
  batchOf,
  batchView,
  contextsOf,
  gathered,
  tasksOf,
  untilArrived,
  untilFired,
} from '../support/checkpoints.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, newProject } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  ann = await project.person('annotator');
  bob = await project.person('annotator');
});

const statusesOf = async (pipeline: string): Promise<string[]> =>
  (await tasksOf(project, pipeline)).flatMap(({ batchId, status }) => (batchId === null ? [] : [status]));

const untilAllFinished = (pipeline: string) =>
  until('all items to be finished', async () => (await statusesOf(pipeline)).every((status) => status === 'finished'));

describe('A checkpoint per task', () => {
  test('holds the items in progress until the last one came, then starts one cycle with them and lets them end', async () => {
    const pipeline = await project.pipeline(gathered('task'));
    const items = await batchOf(project, pipeline, 3);
    const batchId = items[0]?.batchId ?? '';

    await annotates(ann, pipeline, 2);
    await untilArrived(project, batchId, 2);
    expect((await statusesOf(pipeline)).sort()).toEqual(['in_progress', 'in_progress', 'pending']);
    expect(await contextsOf(project, pipeline)).toEqual([]);
    await annotates(bob, pipeline, 1);

    const [context] = await untilFired(project, pipeline);
    expect(context).toMatchObject({
      nodes: ['merge'],
      data: { kind: 'task', batch: batchId, node: 'annotate', itemCount: 3 },
    });
    expect(context?.data.items.map(({ taskId }) => taskId).sort()).toEqual(items.map(({ id }) => id).sort());
    expect(context?.data.items.every(({ submissionId }) => submissionId !== null)).toBe(true);
    await untilAllFinished(pipeline);
    expect((await tasksOf(project, pipeline)).flatMap(({ outcome }) => outcome ?? [])).toEqual([
      'complete',
      'complete',
      'complete',
    ]);
    const merge = await claimNext(ann, pipeline, { nodes: ['merge'] });
    expectStatus(await ann.post(`/node-instances/${String(merge?.nodeInstanceId)}/submit`, { values: {} }), 200);
    await until('the new cycle to end', async () => (await contextsOf(project, pipeline))[0]?.status === 'finished');
    expect(await contextsOf(project, pipeline)).toHaveLength(1);
  });
});
