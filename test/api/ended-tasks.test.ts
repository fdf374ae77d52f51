// Commands on tasks whose cycle has ended, over HTTP: they are revised, answered anew, and run again.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let ann: Person;
let rita: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [ann, rita] = await Promise.all([project.person('annotator'), project.person('reviewer')]);
});

const taskOf = async (taskId: string) =>
  (
    await project.admin.get<{ status: string; outcome: string | null; cycleId: string; version: number }>(
      `/tasks/${taskId}`,
    )
  ).body;
const ends = (taskId: string): Promise<boolean> =>
  until('the end', async () => (await taskOf(taskId)).status === 'finished');

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

    for (const _ of ['once', 'twice']) {
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
