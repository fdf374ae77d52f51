// Running tasks again: one, or those of selected executions; and the cycles that a task has had.
import { Router } from 'express';
import { defined } from '../../core/defined.js';
import type { RerunMode } from '../../core/resume.js';
import type { RerunInput } from '../../core/rerun.js';
import { sha256 } from '../../language/hashing.js';
import { executionPlaces } from '../../db/queries/executions.js';
import { cyclesOfTask } from '../../db/queries/former-cycle.js';
import { inLanes } from '../../lanes.js';
import { rerunExecutions, rerunTask } from '../contract/reruns.js';
import { pageOf, pageQuery, placeOf } from '../contract/pagination.js';
import { expectedVersion } from '../expected-version.js';
import { once } from '../idempotency.js';
import type { Caller } from '../middleware/authenticate.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import { askRerun } from '../reruns.js';
import type { Services } from '../services.js';
import { taskOf } from '../task-commands.js';

const atOnce = 5;

export function rerunRoutes(services: Services): Router {
  const { pool } = services;
  const router = Router();

  router.get('/tasks/:task/cycles', async (req, res) => {
    const { id: taskId } = await taskOf(services, callerOf(req), req.params.task);
    const { limit, pageToken } = pageQuery.parse(req.query);
    const cycles = await cyclesOfTask(pool, { taskId, after: placeOf(pageToken), limit: limit + 1 });
    const page = pageOf(cycles, limit, ({ number }) => String(number));
    res.json({
      ...page,
      items: page.items.map(({ mode, status, ...cycle }) => ({
        ...cycle,
        mode: mode ?? 'start',
        status: status ?? 'open',
      })),
    });
  });

  router.post('/tasks/:task/rerun', async (req, res) => {
    const caller = requireManager(callerOf(req));
    const { id: taskId } = await taskOf(services, caller, req.params.task);
    const { expectedVersion: inBody, node, ...how } = rerunTask.parse(req.body);
    const more = defined({ node, expectedVersion: expectedVersion(req, inBody) });
    await once(services, caller, req, res, { ...how, ...more }, ({ updateId }) =>
      askRerun(services, { ...inputOf(caller, taskId, updateId, how), ...more }),
    );
  });

  /** What became of one execution; a task of several is run again once, from the first of them. */
  async function rerunOne(caller: Caller, body: How, place: Place, updateId: string) {
    const { taskId, node } = place;
    const commandId = sha256(`${updateId}\n${taskId}`);
    const at = body.mode === 'resume' ? { node } : {};
    try {
      const answer = await askRerun(services, { ...inputOf(caller, taskId, commandId, body), ...at });
      return answer.status === 200 ? (answer.body as object) : { taskId, code: 'PENDING' };
    } catch (error) {
      if (error instanceof Refusal) return { taskId, code: error.code, ...defined({ detail: error.detail }) };
      throw error;
    }
  }

  router.post('/executions/rerun', async (req, res) => {
    const caller = requireManager(callerOf(req));
    const { executions, ...body } = rerunExecutions.parse(req.body);
    const places = await executionPlaces(pool, caller.projectId, executions);
    const missing = executions.find((id) => !places.some((place) => place.execution === id));
    if (missing !== undefined) throw new Refusal('NOT_FOUND', `there is no execution "${missing}"`);
    await once(services, caller, req, res, { executions, ...body }, async ({ updateId }) => {
      const asked = places.filter(({ taskId }, index) => places.findIndex((one) => one.taskId === taskId) === index);
      const items: object[] = [];
      await inLanes(atOnce, asked, async (place) => {
        items.push({ execution: place.execution, ...(await rerunOne(caller, body, place, updateId)) });
      });
      return { status: 200, body: { items } };
    });
  });

  return router;
}

interface How {
  mode: RerunMode;
  replace?: boolean | undefined;
}

const inputOf = (caller: Caller, taskId: string, commandId: string, { mode, replace }: How): RerunInput => ({
  taskId,
  commandId,
  actor: { id: caller.memberId },
  mode,
  ...defined({ replace }),
});

type Place = Awaited<ReturnType<typeof executionPlaces>>[number];
