// "Give me the next work": Postgres picks a candidate, its cycle decides the claim, a lost race goes on to the next.
import { Router } from 'express';
import type { RetiredNode } from '../../core/plan-node.js';
import type { NodeKind } from '../../core/pipeline.js';
import { nodeKinds } from '../../core/pipeline.js';
import { mayWork } from '../../core/roles.js';
import { instancesById } from '../../db/queries/node-instances.js';
import type { Pipeline } from '../../db/queries/pipelines.js';
import type { Candidate } from '../../db/staging/reserve-next.js';
import { dropReservation, reservedTargets, reserveNext } from '../../db/staging/reserve-next.js';
import { ask } from '../commands.js';
import type { ClaimNext } from '../contract/work.js';
import { claimNext } from '../contract/work.js';
import type { Forms } from '../forms.js';
import { sha256 } from '../../language/hashing.js';
import type { Answer, Keyed } from '../idempotency.js';
import { once } from '../idempotency.js';
import type { Caller } from '../middleware/authenticate.js';
import { isManager } from '../../core/roles.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { workItems } from '../work-items.js';
import { pipelineOf } from '../named-pipeline.js';

/** Candidates lost to others before the call gives up; each is somebody else's gain. */
const lostAtMost = 25;

/** The nodes the caller may work at, the more urgent first. */
function eligibleNodes(nodes: readonly RetiredNode[], caller: Caller, asked: string[] | undefined): string[] {
  const keys = nodes
    .filter((node) => mayWork(caller.role, node.kind) && (asked === undefined || asked.includes(node.key)))
    .sort((a, b) => b.priority - a.priority)
    .map(({ key }) => key);
  return [...new Set(keys)];
}

/** The same key may be of another kind in another version. */
const kindsFor = ({ role }: Caller): NodeKind[] => nodeKinds.filter((kind) => mayWork(role, kind));
/** Nothing is claimed while paused. */
function goingNodes({ pausedAt, nodePauses }: Pipeline, nodes: string[]): string[] {
  if (pausedAt) throw new Refusal('PIPELINE_PAUSED');
  const going = nodes.filter((key) => nodePauses[key]?.pausedAtMs === undefined);
  if (going.length === 0) throw new Refusal('NODE_PAUSED');
  return going;
}

export function claimNextRoutes(services: Services, forms: Forms): Router {
  const { pool } = services;
  const router = Router();

  async function claim(
    caller: Caller,
    candidate: Candidate,
    updateId: string,
  ): Promise<{ id: string } | 'lost' | 'pending'> {
    const actor = { id: caller.memberId, ...(isManager(caller.role) ? { manager: true } : {}) };
    const target = { ...candidate, id: candidate.instanceId };
    try {
      const answer = await ask(services, {
        type: 'claim',
        target,
        actor,
        updateId: sha256(`${updateId}\n${target.id}`),
      });
      return answer.status === 202 ? 'pending' : { id: (answer.body as { nodeInstanceId: string }).nodeInstanceId };
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === 'UNAVAILABLE' || error.code === 'BUSY') throw error;
      await dropReservation(pool, target.id, caller.memberId);
      return 'lost';
    }
  }

  async function next(
    caller: Caller,
    pipelineId: string,
    nodes: string[],
    { tasks, count }: ClaimNext,
    keyed: Keyed,
  ): Promise<Answer> {
    const { projectId, memberId } = caller;
    const earlier = keyed.key === undefined ? [] : await reservedTargets(pool, projectId, keyed.key);
    const wanted = { pipelineId, projectId, memberId, nodes, kinds: kindsFor(caller), tasks, key: keyed.key };
    const except: string[] = [];
    const claimed: string[] = [];
    while (claimed.length < count && except.length - claimed.length < lostAtMost) {
      const candidate = earlier.shift() ?? (await reserveNext(pool, { ...wanted, except }));
      if (!candidate || candidate.clock?.pausedAtMs !== undefined) break;
      except.push(candidate.instanceId);
      const outcome = await claim(caller, candidate, keyed.updateId);
      if (outcome === 'pending') return { status: 202, body: { code: 'PENDING' } };
      if (outcome !== 'lost') claimed.push(outcome.id);
    }
    const instances = claimed.length === 0 ? [] : await instancesById(pool, claimed);
    return { status: 200, body: { items: await workItems(services, forms, instances, memberId) } };
  }

  router.post('/pipelines/:pipeline/claim-next', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    const body = claimNext.parse(req.body ?? {});
    const known = [...pipeline.plan.nodes, ...pipeline.retired];
    const unknown = body.nodes?.find((asked) => !known.some(({ key }) => key === asked));
    if (unknown !== undefined) throw new Refusal('INVALID_REQUEST', `there is no node "${unknown}" in this pipeline`);
    const nodes = eligibleNodes(known, caller, body.nodes);
    if (nodes.length === 0) throw new Refusal('FORBIDDEN', `the role ${caller.role} works at none of these nodes`);
    const claimed = async (keyed: Keyed) => next(caller, pipeline.id, goingNodes(pipeline, nodes), body, keyed);
    await once(services, caller, req, res, body, claimed);
  });

  return router;
}
