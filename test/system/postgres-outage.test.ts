// Postgres refused, and black-holed, with commands in flight: nothing hangs, nothing is half done, and once it is back every
// command has its definite answer. The full length of the outage is in `npm run proof`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack, throughPort } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, newProject, reviewed } from '../support/project.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import { tcpProxy } from '../support/tcp-proxy.js';

const outageMs = Number(process.env['TASKLOOM_OUTAGE_SECONDS'] ?? 10) * 1_000;
const commands = 60;

let own: OwnStack;
let proxy: TcpProxy;
let project: TestProject;
let annotator: Person;
let pipeline: string;

beforeAll(async () => {
  own = await ownStack({ workers: 0, apis: 0 });
  proxy = await tcpProxy(Number(new URL(own.stack.databaseUrl).port));
  const database = { DATABASE_URL: throughPort(own.stack.databaseUrl, proxy.port) };
  await own.process('worker.ts', database);
  const api = await own.process('api/server.ts', database);
  project = await newProject(() => String(api.url), own.operatorKey);
  annotator = await project.person('annotator');
  pipeline = await project.pipeline(reviewed());
});

afterAll(async () => {
  await proxy.close();
  await own.stop();
});

async function claimed(count: number): Promise<string[]> {
  const tasks = Array.from({ length: count }, (_, index) => ({ data: { text: `task ${String(index)}` } }));
  await project.admin.post(`/pipelines/${pipeline}/tasks`, { tasks });
  const ids: string[] = [];
  for (let left = count; left > 0; left -= 20) {
    const reply = await annotator.post<{ items: { nodeInstanceId: string }[] }>(`/pipelines/${pipeline}/claim-next`, {
      count: Math.min(20, left),
    });
    ids.push(...reply.body.items.map(({ nodeInstanceId }) => nodeInstanceId));
  }
  return ids;
}

describe.each([
  [
    'refused',
    () => {
      proxy.refuse();
    },
  ],
  [
    'black-holed',
    () => {
      proxy.blackHole();
    },
  ],
])('with Postgres %s', (_, breakIt) => {
  it('answers unrelated cycles at once, and every command definitely once it is back', async () => {
    const instances = await claimed(commands);
    const unrelated = await project.task(pipeline);
    const submit = (instance: string) =>
      annotator.post(
        `/node-instances/${instance}/submit`,
        { values: { label: 'x' } },
        { 'idempotency-key': `submit ${instance}`.replaceAll(' ', '-') },
      );

    // In flight when it breaks: some have been recorded, some are on their way, some have not begun.
    const first = instances.map((instance) => submit(instance).catch(() => ({ status: 0, body: {} })));
    await new Promise((resolve) => setTimeout(resolve, 30));
    breakIt();
    const brokenAt = performance.now();
    const refused = { actor: { id: 'nobody' }, instance: `${unrelated}.1.annotate.1`, receivedAt: Date.now() };
    const unrelatedOnes = Promise.all(
      // All through the outage, twice a second.
      Array.from({ length: Math.floor(outageMs / 500) }, async (__, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 500));
        const began = performance.now();
        const outcome = await own.client.command(
          `cycle:${unrelated}.1`,
          'release',
          refused,
          `refused-${unrelated}-${String(index)}`,
        );
        expect(outcome).toMatchObject({ kind: 'rejected', rejection: { code: 'NOT_CLAIMED' } });
        return performance.now() - began;
      }),
    );
    const begunMeanwhile = submit(instances[0] ?? '');
    const during = await Promise.all(first);
    const slowest = Math.max(...(await unrelatedOnes));
    const meanwhile = await begunMeanwhile;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, outageMs - (performance.now() - brokenAt))));
    await proxy.heal();
    const healedAt = performance.now();

    expect(slowest).toBeLessThan(1_000);
    const unsettled = during.filter(({ status }) => status !== 200);
    expect(unsettled.length).toBeGreaterThan(0);
    for (const { status, body } of [...unsettled, meanwhile]) {
      expect({ status, body }).toMatchObject(
        status === 202 ? { body: { code: 'PENDING' } } : { status: 503, body: { code: 'UNAVAILABLE' } },
      );
    }
    const open = new Set(instances);
    while (open.size > 0 && performance.now() - healedAt < 5_000) {
      await Promise.all(
        [...open].map(async (instance) => {
          if ((await submit(instance)).status === 200) open.delete(instance);
        }),
      );
    }
    expect([...open]).toEqual([]);
    // A round that began in time may end late.
    expect(performance.now() - healedAt).toBeLessThan(5_000);
    const { rows } = await own.pool.query<{ status: string; submitted: number; submissions: number }>(
      `select n.status, (select count(*)::int from timeline t where t.instance_id = n.id and t.type = 'submitted') as submitted,
              (select count(*)::int from submissions s where s.instance_id = n.id) as submissions
         from node_instances n where n.id = any ($1)`,
      [instances],
    );
    expect(rows).toHaveLength(commands);
    for (const row of rows) expect(row).toEqual({ status: 'submitted', submitted: 1, submissions: 1 });
    expect(await claimNext(annotator, pipeline, { tasks: [unrelated] })).toMatchObject({ taskId: unrelated });
  });
});
