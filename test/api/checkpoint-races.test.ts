// Many people finish the last items of many batches at once: each batch fires exactly once, with all its items, and nothing stays
// behind. `CHECKPOINT_BATCHES` and `CHECKPOINT_ITEMS` say of how many batches and items; the proof says more.
import { beforeAll, expect, inject, it } from 'vitest';
import { annotates, batchOf, contextsOf, gathered, tasksOf } from '../support/checkpoints.js';
import type { Person, TestProject } from '../support/project.js';
import { newProject } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

const batches = Number(process.env['CHECKPOINT_BATCHES'] ?? '10');
const items = Number(process.env['CHECKPOINT_ITEMS'] ?? '4');
const people = Math.min(50, Math.max(items, 4));
const perRequest = 500;
const patienceMs = 60_000 + batches * items * 300;

let project: TestProject;
let crew: Person[];

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  crew = await Promise.all(Array.from({ length: people }, () => project.person('annotator')));
}, 120_000);

/** All of them at work until nothing is left. */
async function allAnnotated(pipeline: string): Promise<void> {
  await Promise.all(crew.map((person) => annotates(person, pipeline)));
}

async function namedBatch(pipeline: string, name: string): Promise<string> {
  let batchId = '';
  for (let left = items; left > 0; left -= perRequest) {
    const [first] = await batchOf(project, pipeline, Math.min(left, perRequest), name);
    batchId = first?.batchId ?? '';
  }
  return batchId;
}

it.each(['task', 'assignment'] as const)(
  `${String(batches)} batches of ${String(items)} items, finished by ${String(people)} people at once, each fire once per %s`,
  { timeout: patienceMs * 2 },
  async (per) => {
    const pipeline = await project.pipeline(gathered(per));
    const ids: string[] = [];
    for (let batch = 1; batch <= batches; batch += 1) ids.push(await namedBatch(pipeline, `batch ${String(batch)}`));

    const closing = ids.map((id) => project.admin.post(`/batches/${id}/close`));
    await Promise.all([allAnnotated(pipeline), ...closing]);

    const held = async () =>
      (await tasksOf(project, pipeline)).filter(({ batchId, status }) => batchId && status !== 'finished');
    await until('all items to be let go', async () => (await held()).length === 0, patienceMs);
    const contexts = await contextsOf(project, pipeline);
    const shares = contexts.map(({ data }) => `${data.batch} ${data.assignee ?? ''}`);
    expect(new Set(shares).size).toBe(shares.length);
    for (const id of ids) {
      const own = contexts.filter(({ data }) => data.batch === id);
      expect(own.reduce((sum, { data }) => sum + data.itemCount, 0)).toBe(items);
      if (per === 'task') expect(own).toHaveLength(1);
    }
    expect((await tasksOf(project, pipeline)).filter(({ outcome }) => outcome === 'complete')).toHaveLength(
      batches * items,
    );
  },
);
