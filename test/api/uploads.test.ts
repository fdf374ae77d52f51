// Uploads that hold a transaction: so many slow ones that they would take every connection leave the API as it was.
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { ClientRequest, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createApp } from '../../api/app.js';
import { connect } from '../../db/connection.js';
import { openClient } from '../support/open.js';
import type { TestProject } from '../support/project.js';
import { newProject, reviewed } from '../support/project.js';
import { until } from '../support/until.js';

const { operatorKey, databaseUrl } = inject('stack');
const client = await openClient();
const connection = connect(databaseUrl, { max: 6, onError: () => undefined });
const pids: number[] = [];
connection.pool.on('connect', (one) => {
  pids.push((one as unknown as { processID: number }).processID);
});
let server: Server;
let port: number;
let project: TestProject;

beforeAll(async () => {
  server = createApp({ ...connection, client, operatorKey, log: pino({ level: 'silent' }) }).listen(0, '127.0.0.1');
  port = await until('the port', () => (server.address() as AddressInfo | null)?.port);
  project = await newProject(`http://127.0.0.1:${String(port)}`, operatorKey);
});

afterAll(async () => {
  server.close();
  await connection.close();
});

const line = (): string => `${JSON.stringify({ externalId: randomUUID(), data: { text: 'one' } })}\n`;

/** Sends one line, and the rest only when it is told to end. */
function slowly(path: string): { upload: ClientRequest; status: Promise<number | undefined> } {
  const headers = { authorization: `Bearer ${project.admin.key}`, 'content-type': 'application/x-ndjson' };
  const upload = request({ host: '127.0.0.1', port, path: `/v1${path}`, method: 'POST', headers });
  const status = new Promise<number | undefined>((resolve, rejects) => {
    upload.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    upload.on('error', rejects);
  });
  upload.write(line());
  return { upload, status };
}

/** Of connections of this API that wait for what comes next in a transaction. */
async function heldTransactions(): Promise<number> {
  const text = `select from pg_stat_activity where pid = any ($1::int[]) and state = 'idle in transaction'`;
  return (await connection.pool.query(text, [pids])).rowCount ?? 0;
}

it('takes a few of them at once, and tells the next one to come again', async () => {
  const pipeline = await project.pipeline(reviewed());
  const path = `/pipelines/${pipeline}/imports?strict=true`;
  const headers = { 'content-type': 'application/x-ndjson' };
  const whole = () => project.admin.send('POST', path, { body: line(), headers });

  const slow = [path, path, `/seeders?pipelineId=${pipeline}&keep=1`, path].map(slowly);
  await until('all of them to hold a transaction', async () => (await heldTransactions()) === 4);
  const refused = await whole();

  expect(refused).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await project.admin.send('POST', `/pipelines/${pipeline}/imports`, { body: line(), headers })).toMatchObject({
    status: 201,
  });
  for (const { upload } of slow) upload.end(line());
  expect(await Promise.all(slow.map(({ status }) => status))).toEqual([201, 201, 201, 201]);
  expect((await whole()).status).toBe(201);
});
