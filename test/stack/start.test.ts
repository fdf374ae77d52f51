import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort, host } from '../../stack/ports.js';
import { commandOf } from '../../stack/running-process.js';
import { waitUntil } from '../../stack/wait-until.js';
import { caller } from '../support/http.js';
import type { Start } from './fixtures/clone.js';
import { aClone, familyOf, start } from './fixtures/clone.js';
import { untilAllGone } from './fixtures/scene.js';

interface Work {
  items: { nodeInstanceId: string }[];
}

const lastLine = 'Ctrl-C stops everything; the data stays.';
// More than a guard gives its server before it kills it.
const goneWithinMs = 30_000;
const parts = ['bin/postgres', 'server start-dev', 'worker.ts', 'api/server.ts'];

describe('npm start', { timeout: 180_000 }, () => {
  test('brings everything up, loses nothing by kill -9, is found again where it was, and ends when asked', async () => {
    const clone = aClone();
    lengthenLeases(clone);
    const { held, letGo } = await holdThePortOfTheApi(clone);
    const first = start(clone);
    await first.untilSaid(lastLine);
    await letGo();
    for (const name of ['Postgres', 'Temporal', 'Worker', 'API', 'Demo'])
      expect(first.said()).toMatch(new RegExp(`^${name} +(ready|seeded)`, 'm'));
    expect(printed(first).apiUrl).not.toBe(held);
    const claimed = await claimAsPrinted(first);

    const { pid } = JSON.parse(readFileSync(join(clone, '.taskloom/running.json'), 'utf8')) as { pid: number };
    const family = familyOf(first.pid);
    for (const part of parts) expect(family.map(commandOf).join('\n')).toContain(part);
    process.kill(pid, 'SIGKILL');

    expect(await first.ended()).toBe(128 + 9);
    await untilAllGone(family, goneWithinMs);

    const second = start(clone);
    await second.untilSaid(lastLine);
    expect(readyLines(second)).toEqual(readyLines(first));
    expect(addresses(second)).toBe(addresses(first));
    expect(second.said()).not.toMatch(/^Demo +seeded/m);
    const { annotator } = printed(second);
    expect((await annotator.get<Work>('/me/work?state=claimed')).body.items).toMatchObject([
      { nodeInstanceId: claimed },
    ]);
    expect((await annotator.post(`/node-instances/${claimed}/release`)).status).toBe(200);

    const third = start(clone);
    expect(await third.ended()).toBe(1);
    expect(third.said()).toContain(`Taskloom is already running in this clone at ${printed(second).apiUrl}.`);

    const whole = familyOf(second.pid);
    second.kill('SIGINT');
    expect(await second.ended()).toBe(0);
    expect(second.said().trimEnd()).toMatch(/Stopped\.$/);
    await untilAllGone(whole, goneWithinMs);
    expect(existsSync(join(clone, '.taskloom/running.json'))).toBe(false);
  });

  test('ends with an error that says what to do when a server it was given is not there', async () => {
    const clone = aClone();
    const databaseUrl = `postgres://me:secret@${host}:1/nothing`;

    const attempt = start(clone, { DATABASE_URL: databaseUrl });

    expect(await attempt.ended()).toBe(1);
    expect(attempt.said()).toMatch(/DATABASE_URL names 127\.0\.0\.1:1\/nothing.*unset DATABASE_URL/s);
    expect(existsSync(join(clone, '.taskloom/running.json'))).toBe(false);
    const temporal = join(clone, '.taskloom/temporal.json');
    if (existsSync(temporal)) await untilAllGone([(JSON.parse(readFileSync(temporal, 'utf8')) as { pid: number }).pid]);
  });
});

/** The demo's work is held for seconds only, which may be over before everything is up again. */
function lengthenLeases(clone: string): void {
  const path = join(clone, 'examples/quickstart/pipeline.yaml');
  const text = readFileSync(path, 'utf8');
  expect(text).toContain('lease: ');
  writeFileSync(path, text.replaceAll(/lease: \S+/g, 'lease: PT1H'));
}

/** The clone's ports are free ones, but for the API's: it has to move, and then to stay where it moved to. */
async function holdThePortOfTheApi(clone: string): Promise<{ held: string; letGo: () => Promise<void> }> {
  const ports = { api: await freePort(), ui: await freePort(), temporal: await freePort(), postgres: await freePort() };
  writeFileSync(join(clone, '.taskloom/ports.json'), JSON.stringify(ports));
  const holder = createServer().listen(ports.api, host);
  await once(holder, 'listening');
  const letGo = async (): Promise<void> => {
    if (holder.listening) await new Promise((resolve) => holder.close(resolve));
  };
  onTestFinished(letGo);
  return { held: `http://${host}:${ports.api}`, letGo };
}

/** What the printed curl command does, once the demo's tasks are there. */
async function claimAsPrinted(started: Start): Promise<string> {
  const { annotator, pipelineId } = printed(started);
  const claim = async (): Promise<string | undefined> => {
    const { body } = await annotator.send<Work>('POST', `/pipelines/${pipelineId}/claim-next`);
    return body.items[0]?.nodeInstanceId;
  };
  return await waitUntil(claim, { withinMs: 15_000, what: 'for a task of the demo to claim' });
}

function printed(started: Start) {
  const curl = /curl -X POST -H "Authorization: Bearer (\S+)" (http\S+)\/v1\/pipelines\/(\S+)\/claim-next$/m;
  const [, key = '', apiUrl = '', pipelineId = ''] = curl.exec(started.said()) ?? [];
  return { apiUrl, pipelineId, annotator: caller(apiUrl, key) };
}

/** Each part and where it is, in whatever order they became ready. */
function readyLines(started: Start): string[] {
  const lines = started.said().split('\n');
  return lines.filter((line) => /^\w+ +ready/.test(line)).sort();
}

/** The printed addresses and keys. */
function addresses(started: Start): string {
  const said = started.said();
  return said.slice(said.indexOf('API              http'), said.indexOf(lastLine));
}
