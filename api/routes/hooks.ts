// Webhooks that fire triggers, for those who hold nothing but the token: one task per delivery, however often it is delivered.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import express, { Router } from 'express';
import { isObject } from '../../core/json.js';
import { entryProblem } from '../../core/entry.js';
import { cyclesOf } from '../../db/queries/cycles-to-start.js';
import { findPipeline } from '../../db/queries/pipelines.js';
import type { Trigger } from '../../db/queries/triggers.js';
import { triggerOfToken } from '../../db/queries/triggers.js';
import { fire, noteTriggerError } from '../../db/writes/triggers.js';
import { sha256 } from '../../language/hashing.js';
import { taskOfFiring } from '../../language/trigger-task.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';

const bodyLimit = '64kb';
/** How far a signature's time may be from ours. */
const toleranceMs = 5 * 60_000;

function isSame(given: string, secret: string, text: string | Buffer): boolean {
  const expected = createHmac('sha256', secret).update(text).digest();
  const actual = Buffer.from(given, 'hex');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** As we sign our own calls, `t=…,v1=…`, or as GitHub does, `sha256=…`. */
function isSigned(req: Request, secret: string, body: Buffer): boolean {
  const ours = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(req.get('taskloom-signature') ?? '');
  if (ours) {
    const [, time = '', given = ''] = ours;
    const isTimely = Math.abs(Number(time) * 1_000 - Date.now()) <= toleranceMs;
    return isTimely && isSame(given, secret, Buffer.concat([Buffer.from(`${time}.`), body]));
  }
  const theirs = /^sha256=([0-9a-f]{64})$/.exec(req.get('x-hub-signature-256') ?? '');
  return theirs?.[1] !== undefined && isSame(theirs[1], secret, body);
}

function readBody(body: Buffer): Record<string, unknown> {
  let read: unknown;
  try {
    read = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal('INVALID_JSON');
  }
  if (!isObject(read)) throw new Refusal('INVALID_REQUEST', 'the body is no JSON object');
  return read;
}

/** The sender's own key, or the body itself: the same delivery twice is one. */
function keyOf(req: Request, body: Buffer): string {
  const given = req.get('idempotency-key') ?? req.get('x-github-delivery');
  if (given !== undefined && !/^[\x21-\x7e]{1,200}$/.test(given))
    throw new Refusal('INVALID_REQUEST', 'an Idempotency-Key is 1 to 200 visible ASCII characters');
  return given === undefined ? `body:${sha256(body.toString('base64'))}` : `key:${given}`;
}

export function hookRoutes(services: Services): Router {
  const { pool, client } = services;
  const router = Router();

  async function deliver(trigger: Trigger, key: string, data: Record<string, unknown>): Promise<string> {
    const pipeline = await findPipeline(pool, trigger.pipelineId);
    if (!pipeline) throw new Refusal('NOT_FOUND');
    const gone = entryProblem(pipeline.definition, trigger.node);
    const made = gone === undefined ? taskOfFiring(trigger, { key, data, metadata: {} }) : { problem: gone };
    if ('problem' in made) {
      await noteTriggerError(pool, trigger.id, made.problem);
      throw new Refusal('INVALID_REQUEST', made.problem);
    }
    const fired = await fire(pool, trigger.id, pipeline.versionId, made.task);
    if (fired.kind === 'idle') throw new Refusal('ENTRY_CLOSED', fired.why);
    for (const cycle of await cyclesOf(pool, [fired.taskId])) await client.startCycle(cycle);
    return fired.taskId;
  }

  router.post('/hooks/:token', express.raw({ limit: bodyLimit, type: () => true }), async (req, res) => {
    const { token } = req.params;
    const trigger = /^hk_[\w-]{43}$/.test(token) ? await triggerOfToken(pool, sha256(token)) : undefined;
    if (!trigger) throw new Refusal('NOT_FOUND');
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    if (trigger.secret !== null && !isSigned(req, trigger.secret, body))
      throw new Refusal('UNAUTHORIZED', 'the signature is missing, wrong or too old');
    res.status(202).json({ taskId: await deliver(trigger, keyOf(req, body), readBody(body)) });
  });

  return router;
}
