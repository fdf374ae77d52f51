// A worker stalls between sending a record and Postgres reading it. Another one takes over, and work goes on; only then the
// record gets there, and runs. Time has overtaken it: it changes nothing, be it one step or all rows of its stream.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProcessPart } from '../../stack/process.js';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack, throughPort } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import { expectStatus, newProject, reviewed } from '../support/project.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import { tcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

/** Postgres' word for it, as it sends text: after its length. */
const lateOnTheWire = '\u0000\u0000\u0000\u0004late';

/** Temporal gives a lost workflow task up after 10 s. */
const answeredWithinMs = 40_000;

let own: OwnStack;
let proxy: TcpProxy;
let stalled: ProcessPart;
let project: TestProject;
let annotator: Person;
let pipeline: string;

beforeAll(async () => {
  own = await ownStack({ workers: 0 });
  proxy = await tcpProxy(Number(new URL(own.stack.databaseUrl).port));
  stalled = await own.process('worker.ts', { DATABASE_URL: throughPort(own.stack.databaseUrl, proxy.port) });
  project = await newProject(own.stack.apiUrl, own.operatorKey);
  annotator = await project.person('annotator');
  pipeline = await project.pipeline(reviewed());
});

afterAll(async () => {
  await proxy.close();
  await own.stop();
});

async function rowsOf<T extends object>(sql: string, of: string): Promise<T[]> {
  return (await own.pool.query<T>(sql, [of])).rows;
}

const tables = ['node_instances', 'streams', 'timeline', 'submissions', 'tasks', 'outbox'];

/** Every row that a record of the pipeline's tasks may write. */
async function allRows(): Promise<Record<string, object[]>> {
  const idOf: Record<string, string> = { tasks: 'r.id', streams: "split_part(r.cycle_id, '.', 1)" };
  const read = async (table: string): Promise<[string, object[]]> => [
    table,
    await rowsOf(
      `select r.* from ${table} r join tasks t on t.id = ${idOf[table] ?? 'r.task_id'} where t.pipeline_id = $1 order by r.id`,
      pipeline,
    ),
  ];
  return Object.fromEntries(await Promise.all(tables.map(read)));
}

/** What Postgres and the cycle say of a task's only stream. */
async function bothOf(taskId: string): Promise<{ rows: object; cycle: object }> {
  const stream = `cycle:${taskId}.1`;
  const { instances } = await own.client.state(stream);
  const [recorded] = await rowsOf(
    'select sequence, decided_at::float8 as "decidedAt" from streams where id = $1',
    stream,
  );
  const rows = await rowsOf(
    'select id, status, version, assignee, submission_id as submission from node_instances where stream_id = $1 order by id',
    stream,
  );
  const inCycle = Object.values(instances).map(({ id, status, version, assignee, submission }) => {
    return { id, status, version, assignee: assignee ?? null, submission: submission?.id ?? null };
  });
  return {
    rows: { standing: { kind: 'open', recorded }, rows },
    cycle: { standing: await own.client.standing(stream), rows: inCycle.sort((a, b) => (a.id < b.id ? -1 : 1)) },
  };
}

const act = (action: 'claim' | 'submit', instance: string) =>
  annotator.post(
    `/node-instances/${instance}/${action}`,
    action === 'submit' ? { values: { label: 'x' } } : {},
    // The same command each time it is sent.
    { 'idempotency-key': `${action}-${instance}` },
  );

/** Its start compares rows and cycles, and may have some recorded anew. */
async function startSecondWorker(): Promise<void> {
  const began = Date.now();
  await own.process('worker.ts', {});
  await until(
    'its reconcile to end',
    async () => {
      const { startTime, status } = await own.client.temporal.workflow.getHandle('reconcile').describe();
      return startTime.getTime() >= began && status.name !== 'RUNNING';
    },
    answeredWithinMs,
  );
}

it('changes nothing when it gets to Postgres after another worker took over', async () => {
  const claimedTask = await project.task(pipeline);
  const claimed = `${claimedTask}.1.annotate.1`;
  const [version] = await rowsOf<{ id: string }>('select version_id as id from node_instances where id = $1', claimed);

  // One record of a step, a claim, and one of a whole state, of a cycle that opens.
  proxy.holdFrom(version?.id ?? '');
  const unanswered = act('claim', claimed);
  const opening = project.task(pipeline);
  await until('both records to be held', () => {
    // The worker may try one again, on another connection.
    const isOfClaimed = proxy.held().map((bytes) => bytes.includes(claimed));
    return isOfClaimed.includes(true) && isOfClaimed.includes(false);
  });
  await stalled.kill('SIGKILL');

  await startSecondWorker();
  await unanswered;
  const openedTask = await opening;
  const opened = `${openedTask}.1.annotate.1`;
  await until('the claim to be answered', async () => (await act('claim', claimed)).status === 200, answeredWithinMs);
  expectStatus(await act('submit', claimed), 200);
  await until('the other to be claimed', async () => (await act('claim', opened)).status === 200, answeredWithinMs);
  expectStatus(await act('submit', opened), 200);
  const before = await allRows();

  const held = proxy.held();
  for (const instance of [claimed, opened]) expect(held.some((bytes) => bytes.includes(instance))).toBe(true);
  const replies = await proxy.release();

  expect(await allRows()).toEqual(before);
  expect(replies).toHaveLength(held.length);
  for (const reply of replies) expect(reply).toContain(lateOnTheWire);
  for (const table of ['node_instances', 'streams', 'timeline', 'submissions']) {
    expect(before[table]?.length, table).toBeGreaterThanOrEqual(2);
  }
  for (const taskId of [claimedTask, openedTask]) {
    const { rows, cycle } = await bothOf(taskId);
    expect(rows).toEqual(cycle);
  }
});
