// kill -9 of the worker, then of the API, while open cycles are being replaced: each task has one open cycle after it, claims are free,
// drafts are kept, and nothing is there twice. `RERUN_TASKS` says of how many tasks.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const count = Number(process.env['RERUN_TASKS'] ?? '6');
const answerWithinMs = 120_000;

let own: OwnStack;
let project: TestProject;
let ann: Person;
let rita: Person;

beforeAll(async () => {
  own = await ownStack();
  project = await newProject(() => own.stack.apis[0]?.url ?? own.stack.apiUrl, own.operatorKey);
  [ann, rita] = [await project.person('annotator'), await project.person('reviewer')];
});

afterAll(() => own.stop());

const kill = async (part: { kill(signal: NodeJS.Signals): Promise<void>; restart(): Promise<void> } | undefined) => {
  await part?.kill('SIGKILL');
  await part?.restart();
};

/** Each is held, with a draft; every second one in rework. */
async function held(pipeline: string): Promise<string[]> {
  const tasks = await Promise.all(Array.from({ length: count }, () => project.task(pipeline)));
  for (const [index, taskId] of tasks.entries()) {
    if (index % 2 === 1) {
      await label1(ann, pipeline, taskId);
      await judge(rita, pipeline, taskId, 'reject');
    }
    const item = await claimNext(ann, pipeline, { tasks: [taskId], nodes: ['annotate'] });
    const path = `/node-instances/${String(item?.nodeInstanceId)}/heartbeat`;
    expectStatus(await ann.post(path, { values: { label: taskId } }), 200);
  }
  return tasks;
}

/** Asks until there is an answer, as a client does whose server goes away. */
const replaced = (taskId: string): Promise<string> =>
  until(
    `the rerun of ${taskId}`,
    async () => {
      const body = { mode: 'resume', node: 'annotate', replace: true };
      const reply = await project.admin
        .post<{ cycleId: string }>(`/tasks/${taskId}/rerun`, body, { 'idempotency-key': `again-${taskId}` })
        .catch(() => undefined);
      if (reply === undefined || reply.status === 202 || reply.status === 503) return undefined;
      expectStatus(reply, 200);
      return reply.body.cycleId;
    },
    answerWithinMs,
  );

const someEnded = (tasks: readonly string[]): Promise<boolean> =>
  until('some cycles to end', async () => {
    const text = 'select from cycles where task_id = any ($1) and number = 1 and ended_at is not null';
    return ((await own.pool.query(text, [tasks])).rowCount ?? 0) > 0;
  });

describe.each(['worker', 'API'] as const)('a kill of the %s while cycles are replaced', (part) => {
  it('leaves one open cycle for each task, and its work as it was', { timeout: 240_000 }, async () => {
    const pipeline = await project.pipeline(reviewed());
    const tasks = await held(pipeline);
    const asked = Promise.all(tasks.map(replaced));
    await someEnded(tasks);
    await kill(part === 'worker' ? own.stack.workers[0] : own.stack.apis[0]);

    expect(await asked).toEqual(tasks.map((taskId) => `${taskId}.2`));
    for (const taskId of tasks) {
      expect(await own.client.standing(`cycle:${taskId}.1`)).toEqual({ kind: 'closed' });
      expect(await own.client.standing(`cycle:${taskId}.2`)).toMatchObject({ kind: 'open' });
      expect(await own.client.standing(`cycle:${taskId}.3`)).toEqual({ kind: 'gone' });
      const { rows } = await own.pool.query<{ id: string; status: string }>(
        `select s.id, s.status from streams s join cycles c on c.id = s.cycle_id where c.task_id = $1 and s.status = 'open'`,
        [taskId],
      );
      expect(rows).toEqual([{ id: `cycle:${taskId}.2`, status: 'open' }]);
    }
    const work = await ann.get<{ items: { taskId: string }[] }>('/me/work?limit=500');
    expect(work.body.items.filter(({ taskId }) => tasks.includes(taskId))).toEqual([]);
    for (const taskId of tasks) {
      const item = await claimNext(ann, pipeline, { tasks: [taskId] });
      expect(item).toMatchObject({ node: 'annotate', draft: { label: taskId } });
      const path = `/node-instances/${String(item?.nodeInstanceId)}/submit`;
      expectStatus(await ann.post(path, { values: { label: 'x' } }), 200);
      await judge(rita, pipeline, taskId, 'approve');
      const timeline = await project.admin.get<{ items: { type: string; superseded: boolean }[] }>(
        `/tasks/${taskId}/timeline?limit=500`,
      );
      const told = timeline.body.items.filter(({ superseded }) => !superseded).map(({ type }) => type);
      expect(told.filter((type) => type === 'rerun')).toHaveLength(1);
    }
  });
});
