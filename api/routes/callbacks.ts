// External programs: the holder of work gets a token, hands it to whatever does the work, and that answers with it, later.
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { findCallback } from '../../db/queries/callbacks.js';
import { storeCallback } from '../../db/staging/callbacks.js';
import { sha256 } from '../../language/hashing.js';
import { ask } from '../commands.js';
import type { Forms } from '../forms.js';
import { callerOf } from '../middleware/authenticate.js';
import { instanceFor } from '../named-instance.js';
import { ownIdFor } from '../new-id.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { storeValues } from '../store-values.js';

const answer = z.strictObject({ pathway: z.string().min(1).max(60).optional(), values: z.unknown().optional() });

/** For those who hold a key: makes the token. A retry makes another: an answer that is remembered would keep the token itself. */
export function callbackTokenRoutes(services: Services): Router {
  const router = Router();
  router.post('/node-instances/:instance/callback', async (req, res) => {
    const caller = callerOf(req);
    const { projectId, memberId } = caller;
    const instance = await instanceFor(services, caller, req.params.instance);
    if (instance.kind !== 'external')
      throw new Refusal('INVALID_ACTION', 'only external nodes are answered by callback');
    if (instance.status !== 'claimed') throw new Refusal('NOT_CLAIMED');
    if (instance.assignee !== memberId) throw new Refusal('NOT_HOLDER');
    const token = `cb_${randomBytes(32).toString('base64url')}`;
    await storeCallback(services.pool, { hash: sha256(token), instanceId: instance.id, memberId, projectId });
    res.status(201).json({ token, path: `/v1/callbacks/${token}` });
  });
  return router;
}

/** For those who hold nothing but the token. */
export function callbackRoutes(services: Services, forms: Forms): Router {
  const { pool } = services;
  const router = Router();
  router.post('/callbacks/:token', async (req, res) => {
    const { token } = req.params;
    const known = /^cb_[\w-]{43}$/.test(token) ? await findCallback(pool, sha256(token)) : undefined;
    if (!known) throw new Refusal('NOT_FOUND');
    const { pathway, values } = answer.parse(req.body ?? {});
    const { instance, memberId, hash } = known;
    // The same for every try with this token.
    const updateId = sha256(`callback\n${hash}`);
    const fields = {
      ...(pathway === undefined ? {} : { action: pathway }),
      ...(values === undefined ? {} : { submission: await stored(instance, values, updateId) }),
    };
    const done = await ask(services, { type: 'submit', target: instance, actor: { id: memberId }, updateId, fields });
    res.status(done.status).json(done.body);
  });

  type Instance = NonNullable<Awaited<ReturnType<typeof findCallback>>>['instance'];

  async function stored(instance: Instance, values: unknown, updateId: string) {
    await forms.check(instance.versionId, instance.node, values);
    return storeValues(pool, instance.projectId, ownIdFor('sub', updateId), values);
  }

  return router;
}
