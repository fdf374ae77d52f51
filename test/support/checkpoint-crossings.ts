// Small batches that are finished by many people while some of what they hand in is reopened, or run again from the start, at any
// time. Used by the tests, with and without kills, and by the proof.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { TaskView } from './checkpoints.js';
import { annotates, batchOf, contextsOf, gathered, patiently, tasksOf } from './checkpoints.js';
import type { Person, TestProject } from './project.js';
import { until } from './until.js';

export interface Crossed {
  /** By batch: how many cycles its checkpoint started, and the items that they name, sorted. */
  fired: Record<string, { contexts: number; items: string[] }>;
  /** What should have been named. */
  expected: Record<string, { contexts: number; items: string[] }>;
  /** Items that are not complete, have another open cycle, or that no firing knows. */
  leftBehind: string[];
}

const perWave = 10;
const patienceMs = 180_000;
const outcomeWords = ['REOPEN_REFUSED', 'NODE_CLOSED', 'NOT_FOUND', 'STALE_TASK'];

/** Handed in once, it is opened again by a manager, whenever that hits it: held, let go, or ended. */
async function reopened({ admin }: TestProject, { id }: TaskView): Promise<void> {
  let key = randomUUID();
  await until(
    `the reopen of ${id}`,
    async () => {
      const reply = await admin.post(`/node-instances/${id}.1.annotate.1/reopen`, {}, { 'idempotency-key': key });
      if (reply.status === 200) return true;
      if (reply.status === 202 || reply.status === 503) return false;
      if (!outcomeWords.includes(String(reply.body['code']))) throw new Error(JSON.stringify(reply.body));
      key = randomUUID();
      return false;
    },
    patienceMs,
  );
}

const restarted = async ({ admin }: TestProject, { id }: TaskView): Promise<void> => {
  await patiently(admin, `/tasks/${id}/rerun`, { mode: 'restart', replace: true });
};

/** Every second batch is closed only when its items have been taken back: those surely come twice before it fires. */
async function crossed(project: TestProject, pipeline: string, size: number, closesLate: boolean): Promise<TaskView[]> {
  const items = await batchOf(project, pipeline, size, closesLate ? randomUUID() : undefined);
  const [first, second] = items as [TaskView, TaskView];
  await Promise.all([reopened(project, first), restarted(project, second)]);
  if (closesLate) await patiently(project.admin, `/batches/${String(first.batchId)}/close`, {});
  return items;
}

/** Work may be taken a moment before its cycle is replaced by a restart. */
function unlessReplaced(error: unknown): void {
  if (!(error instanceof Error && error.message.includes('NODE_CLOSED'))) throw error;
}

export async function crossBatches(
  project: TestProject,
  pool: pg.Pool,
  { batches, items, crew }: { batches: number; items: number; crew: readonly Person[] },
): Promise<Crossed> {
  const pipeline = await project.pipeline(gathered('task'));
  const all: TaskView[][] = [];
  for (let made = 0; made < batches; made += perWave) {
    let isOver = false;
    const work = crew.map(async (person) => {
      while (!isOver) {
        await annotates(person, pipeline).catch(unlessReplaced);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
    const wave = Array.from({ length: Math.min(perWave, batches - made) }, (_, index) =>
      crossed(project, pipeline, items, index % 2 === 0),
    );
    const ending = Promise.all(wave).then(async (done) => {
      all.push(...done);
      const isOpen = ({ batchId, status }: TaskView) => batchId !== null && status !== 'finished';
      const ended = async () => !(await tasksOf(project, pipeline)).some(isOpen);
      await until('all items of the wave to end', ended, patienceMs);
    });
    await ending.finally(() => (isOver = true));
    await Promise.all(work);
  }
  return { ...(await compared(project, pipeline, all)), leftBehind: await leftBehind(pool, pipeline) };
}

async function compared(project: TestProject, pipeline: string, batches: readonly TaskView[][]) {
  const contexts = await contextsOf(project, pipeline);
  const fired: Crossed['fired'] = {};
  for (const { data } of contexts) {
    const { contexts: before = 0, items = [] } = fired[data.batch] ?? {};
    fired[data.batch] = {
      contexts: before + 1,
      items: [...items, ...data.items.map(({ taskId }) => taskId)].sort(),
    };
  }
  const expected: Crossed['expected'] = Object.fromEntries(
    batches.map((items) => [String(items[0]?.batchId), { contexts: 1, items: items.map(({ id }) => id).sort() }]),
  );
  return { fired, expected };
}

async function leftBehind(pool: pg.Pool, pipeline: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select t.id from tasks t join checkpoint_items i on i.task_id = t.id
      where t.pipeline_id = $1
        and (t.outcome is distinct from 'complete' or i.checkpoint_id is null
             or exists (select from cycles c left join streams s on s.cycle_id = c.id
                         where c.task_id = t.id and (c.ended_at is null or s.status = 'open')))
      order by t.id`,
    [pipeline],
  );
  return rows.map(({ id }) => id);
}
