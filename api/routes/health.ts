// Liveness and readiness, without a key.
import { Router } from 'express';
import type { Services } from '../services.js';

export function healthRoutes({ pool, client }: Pick<Services, 'pool' | 'client'>): Router {
  const router = Router();

  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });

  router.get('/readyz', async (_req, res) => {
    const [postgres, temporal] = await Promise.all([
      pool.query('select 1').then(
        () => true,
        () => false,
      ),
      client.reachable(),
    ]);
    res.status(postgres && temporal ? 200 : 503).json({ postgres, temporal });
  });

  return router;
}
