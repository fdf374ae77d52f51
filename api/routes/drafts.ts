// The caller's own draft of a node instance, whatever became of it: also of work that came too late.
import { Router } from 'express';
import { findInstance } from '../../db/queries/node-instances.js';
import { ownDraft } from '../../db/staging/payloads.js';
import { callerOf } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';

export function draftRoutes({ pool }: Services): Router {
  const router = Router();

  router.get('/node-instances/:instance/draft', async (req, res) => {
    const { projectId, memberId } = callerOf(req);
    const instance = await findInstance(pool, req.params.instance);
    if (instance?.projectId !== projectId) throw new Refusal('NOT_FOUND');
    const draft = await ownDraft(pool, instance.id, memberId);
    if (!draft) throw new Refusal('NOT_FOUND', 'you have no draft of this work');
    res.json({ nodeInstanceId: instance.id, ...draft });
  });

  return router;
}
