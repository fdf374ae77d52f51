// Triggers: at a time, on an event or by a webhook they make a task whose cycle begins at their node.
import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { Router } from 'express';
import { durationMs } from '../../core/duration.js';
import type { Pipeline } from '../../db/queries/pipelines.js';
import { findPipeline } from '../../db/queries/pipelines.js';
import type { Trigger } from '../../db/queries/triggers.js';
import { findTrigger, listTriggers } from '../../db/queries/triggers.js';
import { addTrigger, deleteTrigger, endTrigger, steerTrigger } from '../../db/writes/triggers.js';
import { derivedId, sha256 } from '../../language/hashing.js';
import { cursorOf, pageOf, pageQuery } from '../contract/pagination.js';
import type { CreateTrigger } from '../contract/triggers.js';
import { createTrigger } from '../contract/triggers.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import type { Caller } from '../middleware/authenticate.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { settingsOf, triggerProblems } from '../trigger-checks.js';
import { pipelineOf } from '../named-pipeline.js';

const shown = ({ id, pipelineId, node, kind, settings, task, once: isOnce, state, sourceId, ...rest }: Trigger) => ({
  id,
  pipelineId,
  node,
  kind,
  settings,
  ...(sourceId === null ? {} : { sourceId }),
  ...(kind === 'webhook' ? { signed: rest.secret !== null } : {}),
  task,
  once: isOnce,
  state,
  fired: rest.fired,
  lastFiredAt: rest.lastFiredAt,
  lastError: rest.lastError,
  createdAt: rest.createdAt,
});

export function triggerRoutes(services: Services): Router {
  const router = Router();
  addCreation(router, services);
  addLists(router, services);
  addSteering(router, services);
  return router;
}

function addCreation(router: Router, services: Services): void {
  const { pool, client } = services;

  async function sourceOf(asked: CreateTrigger, { id, projectId }: Pipeline): Promise<string | null> {
    if (asked.kind !== 'event') return null;
    const source = await findPipeline(pool, asked.pipelineId ?? id);
    if (source?.projectId === projectId) return source.id;
    const problems = [{ pointer: '/pipelineId', message: 'there is no such pipeline in this project' }];
    throw new Refusal('INVALID_REQUEST', undefined, { problems });
  }

  async function schedule({ id, settings, once: isOnce }: Trigger): Promise<void> {
    const { cron, every, timezone = 'UTC', catchUp = '' } = settings;
    const everyMs = every === undefined ? undefined : durationMs(every);
    const times = { id, cron, everyMs, timezone, catchUpMs: durationMs(catchUp) ?? 0, once: isOnce };
    const problem = await client.scheduleTrigger(times);
    if (problem !== undefined)
      throw new Refusal('INVALID_REQUEST', undefined, { problems: [{ pointer: '/cron', message: problem }] });
  }

  /** The row comes first: what fires for a row that is not there drops its schedule. */
  async function make(asked: CreateTrigger, pipeline: Pipeline, updateId: string, token?: string): Promise<Trigger> {
    const sourceId = await sourceOf(asked, pipeline);
    const { node, kind, task, once: isOnce } = asked;
    const secret = (asked.kind === 'webhook' ? asked.secret : undefined) ?? null;
    const ids = { id: derivedId('trg', updateId), batchId: derivedId('bat', updateId) };
    const home = { ...ids, projectId: pipeline.projectId, pipelineId: pipeline.id };
    const settings = settingsOf(asked);
    const tokenHash = token === undefined ? null : sha256(token);
    await addTrigger(pool, { ...home, node, kind, settings, task, once: isOnce, sourceId, secret, tokenHash });
    const trigger = await findTrigger(pool, home.id);
    if (!trigger) throw new Refusal('NOT_FOUND');
    try {
      if (kind === 'cron') await schedule(trigger);
    } catch (error) {
      if (error instanceof Refusal) {
        await endTrigger(pool, trigger);
        await deleteTrigger(pool, trigger);
      }
      throw error;
    }
    if (sourceId !== null) await client.wakeDispatcher(sourceId);
    return trigger;
  }

  router.post('/pipelines/:pipeline/triggers', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireManager(caller);
    const asked = createTrigger.parse(req.body);
    const problems = triggerProblems(asked, pipeline);
    if (problems.length > 0) throw new Refusal('INVALID_REQUEST', undefined, { problems });
    if (asked.kind === 'webhook') {
      // A retry makes another: an answer that is remembered would keep the token itself.
      const token = `hk_${randomBytes(32).toString('base64url')}`;
      const trigger = await make(asked, pipeline, token, token);
      res.status(201).json({ ...shown(trigger), token, path: `/v1/hooks/${token}` });
      return;
    }
    await once(services, caller, req, res, asked, async ({ updateId }) => ({
      status: 201,
      body: shown(await make(asked, pipeline, updateId)),
    }));
  });
}

function addLists(router: Router, services: Services): void {
  async function list(req: Request, res: Response, pipelineId: string, node?: string): Promise<void> {
    const { pipeline, caller } = await pipelineOf(services, req, pipelineId);
    requireManager(caller);
    const { limit, pageToken } = pageQuery.parse(req.query);
    const asked = { pipelineId: pipeline.id, ...(node === undefined ? {} : { node }) };
    const rows = await listTriggers(services.pool, { ...asked, after: cursorOf(pageToken), limit: limit + 1 });
    res.json(pageOf(rows.map(shown), limit, ({ id }) => id));
  }

  router.get('/pipelines/:pipeline/triggers', (req, res) => list(req, res, req.params.pipeline));

  router.get('/nodes/:node/triggers', async (req, res) => {
    const [, pipelineId = '', node = ''] = /^([^.]+)\.(.+)$/.exec(req.params.node) ?? [];
    await list(req, res, pipelineId, node);
  });
}

function addSteering(router: Router, services: Services): void {
  const { pool, client } = services;

  async function triggerOf(req: Request, id: string): Promise<{ trigger: Trigger; caller: Caller }> {
    const caller = callerOf(req);
    const trigger = await findTrigger(pool, id);
    if (trigger?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
    return { trigger, caller: requireManager(caller) };
  }

  router.get('/triggers/:trigger', async (req, res) => {
    res.json(shown((await triggerOf(req, req.params.trigger)).trigger));
  });

  async function steer(req: Request, res: Response, id: string, to: 'active' | 'paused'): Promise<void> {
    const { trigger, caller } = await triggerOf(req, id);
    await once(services, caller, req, res, {}, async (): Promise<Answer> => {
      const changed = await steerTrigger(pool, trigger, to === 'active' ? 'paused' : 'active', to);
      const now = await findTrigger(pool, id);
      if (!now) throw new Refusal('NOT_FOUND');
      if (!changed && now.state !== to) throw new Refusal('ENTRY_CLOSED', `the trigger is ${now.state}`);
      if (now.kind === 'cron') await (to === 'paused' ? client.pauseSchedule(id) : client.resumeSchedule(id));
      if (now.sourceId !== null) await client.wakeDispatcher(now.sourceId);
      return { status: 200, body: shown(now) };
    });
  }

  router.post('/triggers/:trigger/pause', (req, res) => steer(req, res, req.params.trigger, 'paused'));
  router.post('/triggers/:trigger/resume', (req, res) => steer(req, res, req.params.trigger, 'active'));

  router.delete('/triggers/:trigger', async (req, res) => {
    const { trigger } = await triggerOf(req, req.params.trigger);
    // The row goes last: whoever is killed before can be asked again.
    if (await endTrigger(pool, trigger)) await client.startBatchEnd(trigger.batchId);
    if (trigger.kind === 'cron') await client.dropSchedule(trigger.id);
    await deleteTrigger(pool, trigger);
    res.status(204).end();
  });
}
