// What a cycle shows in the Temporal Web UI by itself, and what its history holds of it: one record for each command.
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { beforeAll, expect, inject, it } from 'vitest';
import { openClient } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');
const { temporal } = await openClient();

let project: TestProject;
let annotator: Person;
let reviewer: Person;
let pipeline: string;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, reviewer] = [await project.person('annotator'), await project.person('reviewer')];
  pipeline = await project.pipeline(reviewed());
});

const shown = (described: WorkflowExecutionDescription) =>
  Object.fromEntries(
    described.typedSearchAttributes
      .getAll()
      .filter(({ key }) => key.name.startsWith('Taskloom'))
      .map(({ key, value }) => [key.name, value]),
  );

async function detailsOf(workflowId: string): Promise<string> {
  const metadata = await temporal.workflow
    .getHandle(workflowId)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails;
}

it('says by its search attributes, its summary and its details who it waits for', async () => {
  const due = '2031-05-01T10:00:00.000Z';
  const taskId = await project.task(pipeline, {
    data: { text: 'a' },
    dataTitle: 'The first message',
    priority: 0.75,
    dueAt: due,
  });
  const cycle = `cycle:${taskId}.1`;
  const described = () => temporal.workflow.getHandle(cycle).describe();

  const fixed = {
    TaskloomProject: project.id,
    TaskloomPipeline: pipeline,
    TaskloomTask: taskId,
    TaskloomPriority: 0.75,
    TaskloomDue: new Date(due),
  };
  expect(shown(await described())).toEqual({
    ...fixed,
    TaskloomStatus: 'pending',
    TaskloomNodes: ['annotate'],
    TaskloomWaitingFor: ['annotator'],
  });
  expect(await (await described()).staticSummary()).toBe('The first message');

  await claimNext(annotator, pipeline, { tasks: [taskId] });
  expect(shown(await described())).toMatchObject({
    ...fixed,
    TaskloomStatus: 'in_progress',
    TaskloomNodes: ['annotate'],
  });
  expect(await detailsOf(cycle)).toMatch(new RegExp(`annotate.*${annotator.id}`, 's'));

  expectStatus(await annotator.post(`/node-instances/${taskId}.1.annotate.1/submit`, { values: { label: 'x' } }), 200);
  expect(shown(await described())).toMatchObject({ TaskloomNodes: ['qa'], TaskloomWaitingFor: ['reviewer'] });
  expect(await detailsOf(cycle)).toContain('qa');

  await judge(reviewer, pipeline, taskId, 'reject');
  const child = await temporal.workflow.getHandle(`rework:${taskId}.1:annotate:2`).describe();
  expect(shown(child)).toEqual({});
  expect(await child.staticSummary()).toBe('rework of annotate, rejected in qa');
});

it('records once for each command, in few events', async () => {
  const taskId = await project.task(pipeline);
  await label1(annotator, pipeline, taskId);
  await judge(reviewer, pipeline, taskId, 'approve');
  const handle = temporal.workflow.getHandle(`cycle:${taskId}.1`);
  await handle.result();

  const events = (await handle.fetchHistory()).events ?? [];

  // The task's beginning, and claim, submit, claim, approve.
  expect(events.filter(({ markerRecordedEventAttributes: marker }) => marker).length).toBe(5);
  expect(events.filter(({ activityTaskScheduledEventAttributes: activity }) => activity)).toEqual([]);
  expect(events.length).toBeLessThanOrEqual(34);
});
