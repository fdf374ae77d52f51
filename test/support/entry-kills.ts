// Imports and seeding with kill -9 of the worker and the API in their middle. Used by the tests and by the proof.
import { randomUUID } from 'node:crypto';
import type { OwnStack } from './own-stack.js';
import type { TestProject } from './project.js';
import { expectStatus, newProject, reviewed } from './project.js';
import { until } from './until.js';

export interface Entered {
  tasks: number;
  cycles: number;
  /** Cycles that Temporal has. */
  workflows: number;
}

/** Of the slowest step, at 25 cycles a second. */
const withinFor = (count: number): number => 120_000 + count * 80;

async function entered({ pool, client }: OwnStack, pipelineId: string): Promise<Entered> {
  const { rows } = await pool.query<{ tasks: number; cycles: number }>(
    `select count(distinct t.id)::int as tasks, count(c.id)::int as cycles
       from tasks t left join cycles c on c.task_id = t.id where t.pipeline_id = $1`,
    [pipelineId],
  );
  const workflows = await client.countCycles(`TaskloomPipeline = '${pipelineId}'`);
  return { tasks: 0, cycles: 0, ...rows[0], workflows };
}

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({ externalId: `t${index}`, data: { text: `text ${index}` } }),
  ).join('\n');

async function stored({ pool }: OwnStack, pipelineId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from tasks where pipeline_id = $1',
    [pipelineId],
  );
  return rows[0]?.count ?? 0;
}

async function begun({ pool }: OwnStack, pipelineId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from tasks where pipeline_id = $1 and version > 0',
    [pipelineId],
  );
  return rows[0]?.count ?? 0;
}

/** Sends what it is given until it has an answer, as a client does whose server goes away. */
async function sendUntilAnswered(project: TestProject, path: string, body: string, key: string): Promise<unknown> {
  return until(
    'an answer to the import',
    async () => {
      const reply = await project.admin.send('POST', path, {
        body,
        headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': key },
      });
      if (reply.status === 503) return undefined;
      expectStatus(reply, 201);
      return reply.body;
    },
    withinFor(0),
  );
}

/** The API is killed while the file comes in, the worker while its cycles are started; the same file is sent twice. */
export async function importWithKills(own: OwnStack, count: number): Promise<Entered & { again: number }> {
  const { stack } = own;
  const [worker, api] = [stack.workers[0], stack.apis[0]];
  if (!worker || !api) throw new Error('no worker or no API');
  const project = await newProject(() => stack.apiUrl, own.operatorKey);
  const pipelineId = await project.pipeline(reviewed());
  const path = `/pipelines/${pipelineId}/imports`;
  const key = randomUUID();
  const body = lines(count);
  const sending = sendUntilAnswered(project, path, body, key);
  await until('half of the rows', async () => (await stored(own, pipelineId)) >= count / 2, withinFor(count));
  await api.kill('SIGKILL');
  await api.restart();
  const first = await sending;
  await until('half of the cycles', async () => (await begun(own, pipelineId)) >= count / 2, withinFor(count));
  await worker.kill('SIGKILL');
  await worker.restart();
  await until('every cycle', async () => (await begun(own, pipelineId)) >= count, withinFor(count));
  const again = await sendUntilAnswered(project, path, body, key);
  if (JSON.stringify(again) !== JSON.stringify(first)) throw new Error('the second answer differs from the first');
  await until(
    'Temporal to show them',
    async () => (await entered(own, pipelineId)).workflows >= count,
    withinFor(count),
  );
  return { ...(await entered(own, pipelineId)), again: await stored(own, pipelineId) };
}

/** The worker is killed while it seeds more than anybody takes. */
export async function seedWithKill(own: OwnStack, count: number): Promise<Entered> {
  const worker = own.stack.workers[0];
  if (!worker) throw new Error('no worker');
  const project = await newProject(() => own.stack.apiUrl, own.operatorKey);
  const pipelineId = await project.pipeline(reviewed());
  const source = { kind: 'generator', name: 'counting', input: { upTo: count } };
  const made = await project.admin.post<{ id: string }>('/seeders', { pipelineId, keep: 2 * count, source });
  expectStatus(made, 201);
  await until('half of the tasks', async () => (await stored(own, pipelineId)) >= count / 2, withinFor(count));
  await worker.kill('SIGKILL');
  await worker.restart();
  await until(
    'the end of the source',
    async () => (await project.admin.get(`/seeders/${made.body.id}`)).body['state'] === 'exhausted',
    withinFor(count),
  );
  await until('every cycle', async () => (await begun(own, pipelineId)) >= count, withinFor(count));
  await until(
    'Temporal to show them',
    async () => (await entered(own, pipelineId)).workflows >= count,
    withinFor(count),
  );
  return entered(own, pipelineId);
}
