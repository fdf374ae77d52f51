// A reset takes a cycle back to an earlier point of its history and delivers people's messages again. Whatever the point and
// the state of the rework child: people's work is kept, there is one child, and cycle, rows and API agree.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import { judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

let own: OwnStack;
let project: TestProject;
let annotator: Person;
let reviewer: Person;
let pipeline: string;

beforeAll(async () => {
  own = await ownStack();
  project = await newProject(own.stack.apiUrl, own.operatorKey);
  [annotator, reviewer] = [await project.person('annotator'), await project.person('reviewer')];
  pipeline = await project.pipeline(reviewed());
});

afterAll(() => own.stop());

/** Event ids of the completed workflow tasks of a cycle's present run, and of its child's start. */
async function points(cycleId: string): Promise<{ completed: number[]; childStarted: number }> {
  const history = await own.client.temporal.workflow.getHandle(`cycle:${cycleId}`).fetchHistory();
  const events = history.events ?? [];
  const idOf = (event: (typeof events)[number]): number => Number(event.eventId);
  return {
    completed: events.filter((event) => event.workflowTaskCompletedEventAttributes).map(idOf),
    childStarted: events.filter((event) => event.childWorkflowExecutionStartedEventAttributes).map(idOf)[0] ?? 0,
  };
}

async function reset(cycleId: string, where: 'before' | 'after'): Promise<void> {
  const { completed, childStarted } = await points(cycleId);
  const before = completed.filter((id) => id < childStarted);
  // "Before" is the workflow task that decided on the rework; "after" the first one that knows of the child.
  const at = where === 'before' ? before.at(-1) : completed.find((id) => id > childStarted);
  const { runId } = await own.client.temporal.workflowService.resetWorkflowExecution({
    namespace: own.client.temporal.options.namespace,
    workflowExecution: { workflowId: `cycle:${cycleId}` },
    workflowTaskFinishEventId: String(at) as never,
    reason: 'test',
    requestId: `${cycleId}-${where}`,
  });
  expect((await own.client.temporal.workflow.getHandle(`cycle:${cycleId}`).describe()).runId).toBe(runId);
}

const taskOf = async (id: string): Promise<Record<string, unknown>> => (await project.admin.get(`/tasks/${id}`)).body;

/** Workflows, rows and API say the same, also of what has ended. */
async function agreed(taskId: string): Promise<void> {
  const cycleId = `${taskId}.1`;
  const said: object[] = [];
  for (const stream of [`cycle:${cycleId}`, `rework:${cycleId}:annotate:2`]) {
    const { instances } = await own.client.state(stream);
    const { rows } = await own.pool.query<{ id: string; status: string }>(
      'select id, status from node_instances where stream_id = $1 order by id',
      [stream],
    );
    expect(rows).toEqual(
      Object.values(instances)
        .map(({ id, status }) => ({ id, status: status }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    said.push(...rows);
  }
  const { body } = await project.admin.get<{ items: { instances: { id: string; status: string }[] }[] }>(
    `/tasks/${taskId}/nodes`,
  );
  const shown = new Map(body.items.flatMap(({ instances }) => instances).map(({ id, status }) => [id, status]));
  expect(said.length).toBeGreaterThan(0);
  expect(said).toEqual(expect.arrayContaining([...shown].map(([id, status]) => ({ id, status }))));
}

async function childrenOf(taskId: string): Promise<number> {
  return own.client.countCycles(`WorkflowType = 'rework' and WorkflowId starts_with 'rework:${taskId}'`);
}

describe.each([
  ['before', 'open'],
  ['before', 'finished'],
  ['after', 'open'],
  ['after', 'finished'],
] as const)('a reset to %s the rework child began, with the child %s', (where, child) => {
  it('keeps the work, has one child, and all agree', async () => {
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId, 'first');
    await judge(reviewer, pipeline, taskId, 'reject');
    await label1(annotator, pipeline, taskId, 'second');
    if (child === 'finished') {
      await judge(reviewer, pipeline, taskId, 'approve');
      await until('the task to finish', async () => (await taskOf(taskId)).status === 'finished');
    }

    await reset(`${taskId}.1`, where);
    // What the product does about a reset from outside, at the latest when its worker starts.
    await until(
      'the reconcile to be taken',
      async () => (await own.client.startReconcile(Date.now() - 600_000)) === 'started',
    );
    if (child === 'open') {
      await until('the row to agree', () => agreed(taskId).then(() => true));
      await judge(reviewer, pipeline, taskId, 'approve');
    }

    await until('the task to finish', async () => (await taskOf(taskId)).status === 'finished', 30_000);
    await until(
      'the cycle to end',
      async () => (await own.client.standing(`cycle:${taskId}.1`)).kind === 'closed',
      30_000,
    );
    await agreed(taskId);
    expect(await taskOf(taskId)).toMatchObject({ status: 'finished', outcome: 'complete' });
    const finished = `WorkflowType = 'taskCycle' and TaskloomTask = '${taskId}' and TaskloomStatus = 'finished'`;
    await until('visibility to list the cycle as finished', async () => (await own.client.countCycles(finished)) > 0);
    await until('visibility to list the child', async () => (await childrenOf(taskId)) > 0);
    expect(await childrenOf(taskId)).toBe(1);
    const { rows } = await own.pool.query<{ values: { label: string } }>(
      `select p.values from submissions s join payloads p on p.hash = s.payload_hash and p.project_id = s.project_id
        where s.task_id = $1 and s.superseded_at is null order by s.submitted_at`,
      [taskId],
    );
    expect(rows.map(({ values }) => values.label)).toEqual(['first', 'second']);
  });
});
