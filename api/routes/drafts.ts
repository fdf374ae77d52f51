// The caller's own draft of a node instance, whatever became of it: also of work that came too late.
import { Router } from 'express';
import { ownDraft } from '../../db/staging/payloads.js';
import { callerOf } from '../middleware/authenticate.js';
import { instanceFor } from '../named-instance.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';

export function draftRoutes(services: Services): Router {
  const router = Router();

  router.get('/node-instances/:instance/draft', async (req, res) => {
    const caller = callerOf(req);
    const instance = await instanceFor(services, caller, req.params.instance);
    const draft = await ownDraft(services.pool, instance.id, caller.memberId);
    if (!draft) throw new Refusal('NOT_FOUND', 'you have no draft of this work');
    res.json({ nodeInstanceId: instance.id, ...draft });
  });

  return router;
}
