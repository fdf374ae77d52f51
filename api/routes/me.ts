// The caller: who they are, and the work that is theirs.
import { Router } from 'express';
import { z } from 'zod';
import { workOf } from '../../db/queries/node-instances.js';
import { pageOf, readToken } from '../contract/pagination.js';
import { myWork } from '../contract/work.js';
import type { Forms } from '../forms.js';
import { callerOf } from '../middleware/authenticate.js';
import type { Services } from '../services.js';
import { workItems } from '../work-items.js';

const workCursor = z.object({ at: z.iso.datetime(), id: z.string() });

/** Of a page: work has all that a form needs. */
const workAtMost = 100;

export function meRoutes(services: Services, forms: Forms): Router {
  const router = Router();

  router.get('/me', (req, res) => {
    const { memberId, projectId, email, role } = callerOf(req);
    res.json({ id: memberId, projectId, email, role });
  });

  router.get('/me/work', async (req, res) => {
    const { projectId, memberId } = callerOf(req);
    const { limit: asked, pageToken, state } = myWork.parse(req.query);
    const limit = Math.min(asked, workAtMost);
    const rows = await workOf(services.pool, {
      projectId,
      memberId,
      state,
      before: readToken(workCursor, pageToken),
      limit: limit + 1,
    });
    const page = pageOf(rows, limit, ({ at, id }) => JSON.stringify({ at, id }));
    res.json({ ...page, items: await workItems(services, forms, page.items, memberId) });
  });

  return router;
}
