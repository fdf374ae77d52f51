// Seeders: they keep so many tasks of a source available in a pipeline. Made and steered by managers; a workflow does the rest.
import type { Request, Response } from 'express';
import { Router } from 'express';
import type pg from 'pg';
import { inTransaction } from '../../db/connection.js';
import type { Pipeline } from '../../db/queries/pipelines.js';
import type { Seeder } from '../../db/queries/seeders.js';
import { findSeeder, listSeeders } from '../../db/queries/seeders.js';
import { addItems, addSeeder, steerSeeder } from '../../db/writes/seeders.js';
import { generators } from '../../functions/generators.js';
import { derivedId } from '../../language/hashing.js';
import { cursorOf, pageOf } from '../contract/pagination.js';
import { createListSeeder, createSeeder, listSeeders as listQuery } from '../contract/seeders.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import type { RowProblem } from '../imported-row.js';
import { jsonLinesTasks, jsonLinesTypes } from '../json-lines-tasks.js';
import type { Caller } from '../middleware/authenticate.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import type { Uploads } from '../uploads.js';
import { pipelineOf } from '../named-pipeline.js';

const chunkSize = 500;
const itemsAtMost = 1_000_000;
const problemsShown = 1_000;

const shown = ({ id, pipelineId, batchId, keep, available, source, state, ...rest }: Seeder) => ({
  id,
  pipelineId,
  batchId,
  keep,
  available,
  source,
  state,
  seeded: rest.seeded,
  waiting: rest.buffered,
  exhausted: rest.drained && rest.buffered === 0,
  duplicates: rest.duplicates,
  rejected: rest.rejected,
  lastError: rest.lastError,
  retryAt: rest.retryAt,
  createdAt: rest.createdAt,
  updatedAt: rest.updatedAt,
});

/** The items of a body of JSON Lines; refused as a whole where one is wrong. */
async function addLines(client: pg.PoolClient, seederId: string, req: Request): Promise<void> {
  const problems: RowProblem[] = [];
  let items: Record<string, unknown>[] = [];
  for await (const row of jsonLinesTasks(req)) {
    if ('problem' in row) problems.push(row.problem);
    else items.push(row.task);
    if (row.row > itemsAtMost) throw new Refusal('BODY_TOO_LARGE', `a list has at most ${String(itemsAtMost)} items`);
    if (problems.length >= problemsShown) break;
    if (items.length < chunkSize) continue;
    await addItems(client, seederId, items);
    items = [];
  }
  if (problems.length > 0) throw new Refusal('JSON_LINES_INVALID', 'no seeder was made', { problems });
  await addItems(client, seederId, items);
}

type Asked = Pick<Seeder, 'keep' | 'source'> & {
  add: (client: pg.PoolClient, seederId: string) => Promise<void>;
  /** What is added is still under way from the client. */
  uploaded?: true;
};

function askedIn(req: Request): Asked & { pipelineId: string; what: unknown } {
  if (req.is(jsonLinesTypes)) {
    const asked = createListSeeder.parse(req.query);
    const add: Asked['add'] = (client, id) => addLines(client, id, req);
    return { ...asked, what: asked, source: { kind: 'list' }, add, uploaded: true };
  }
  const asked = createSeeder.parse(req.body);
  const { pipelineId, keep, source } = asked;
  if (source.kind === 'generator' && !Object.hasOwn(generators, source.name)) {
    const known = Object.keys(generators).join(', ');
    throw new Refusal('INVALID_REQUEST', undefined, {
      problems: [{ pointer: '/source/name', message: `there is no generator "${source.name}"; there are: ${known}` }],
    });
  }
  if (source.kind !== 'list') return { pipelineId, keep, what: asked, source, add: () => Promise.resolve() };
  const { items } = source;
  return { pipelineId, keep, what: asked, source: { kind: 'list' }, add: (client, id) => addItems(client, id, items) };
}

const steers = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  stop: { from: ['running', 'paused'], to: 'stopped' },
} as const;

export function seederRoutes(services: Services, uploads: Uploads): Router {
  const { pool, client } = services;
  const router = Router();

  /** Whole or not at all; a retry with the same key finds what the first try made. */
  async function make(pipeline: Pipeline, { keep, source, add, uploaded }: Asked, updateId: string): Promise<string> {
    const ids = { id: derivedId('sdr', updateId), batchId: derivedId('bat', updateId) };
    const seeder = { ...ids, projectId: pipeline.projectId, pipelineId: pipeline.id };
    const store = (): Promise<void> =>
      inTransaction(pool, async (transaction) => {
        if (await addSeeder(transaction, { ...seeder, keep, source })) await add(transaction, seeder.id);
      });
    await (uploaded ? uploads(store) : store());
    await client.wakeSeeder(seeder.id);
    return seeder.id;
  }

  router.post('/seeders', async (req, res) => {
    requireManager(callerOf(req));
    const asked = askedIn(req);
    const { pipeline, caller } = await pipelineOf(services, req, asked.pipelineId);
    await once(services, caller, req, res, asked.what, async ({ updateId }) => {
      const seeder = await findSeeder(pool, await make(pipeline, asked, updateId));
      return { status: 201, body: seeder && shown(seeder) };
    });
  });

  router.get('/seeders', async (req, res) => {
    const { projectId } = requireManager(callerOf(req));
    const { limit, pageToken, pipelineId } = listQuery.parse(req.query);
    const rows = await listSeeders(pool, { projectId, pipelineId, after: cursorOf(pageToken), limit: limit + 1 });
    res.json(pageOf(rows.map(shown), limit, ({ id }) => id));
  });

  async function seederOf(req: Request, id: string): Promise<{ seeder: Seeder; caller: Caller }> {
    const caller = callerOf(req);
    const seeder = await findSeeder(pool, id);
    if (seeder?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
    return { seeder, caller: requireManager(caller) };
  }

  router.get('/seeders/:seeder', async (req, res) => {
    res.json(shown((await seederOf(req, req.params.seeder)).seeder));
  });

  async function steer(req: Request, res: Response, id: string, how: keyof typeof steers): Promise<void> {
    const { seeder, caller } = await seederOf(req, id);
    await once(services, caller, req, res, {}, async (): Promise<Answer> => {
      const { from, to } = steers[how];
      const changed = await steerSeeder(pool, seeder.id, from, to);
      const now = await findSeeder(pool, seeder.id);
      if (!now) throw new Refusal('NOT_FOUND');
      if (!changed && now.state !== to) throw new Refusal('ENTRY_CLOSED', `the seeder is ${now.state}`);
      await client.wakeSeeder(seeder.id);
      return { status: 200, body: shown(now) };
    });
  }

  router.post('/seeders/:seeder/pause', (req, res) => steer(req, res, req.params.seeder, 'pause'));
  router.post('/seeders/:seeder/resume', (req, res) => steer(req, res, req.params.seeder, 'resume'));
  router.post('/seeders/:seeder/stop', (req, res) => steer(req, res, req.params.seeder, 'stop'));

  return router;
}
