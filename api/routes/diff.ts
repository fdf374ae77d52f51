// What changed in a node's work since the visit before: for who reworks it, who judges it, and managers.
import { Router } from 'express';
import { jsonDiff } from '../../core/json-diff.js';
import type { NodeInstance } from '../../db/queries/node-instances.js';
import type { Submission } from '../../db/queries/submissions.js';
import type { Forms } from '../forms.js';
import type { Caller } from '../middleware/authenticate.js';
import { callerOf } from '../middleware/authenticate.js';
import { instanceFor } from '../named-instance.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { pastOf } from '../task-past.js';
import { maySee } from '../task-view.js';

function requireSight(caller: Caller, { kind, performer, assignee }: NodeInstance): void {
  if (maySee(caller, kind, performer) || assignee === caller.memberId) return;
  throw new Refusal('FORBIDDEN', 'only who did this work, its reviewers and managers see what changed');
}

/** What a visit has: what was handed in on it, or what a reviewer made of that before the next visit handed in. */
function lastOfVisit(
  versions: readonly Submission[],
  instances: readonly NodeInstance[],
  instance: NodeInstance,
): number {
  const own = versions.findLastIndex(({ instanceId }) => instanceId === instance.id);
  if (own === -1) return -1;
  const isFix = ({ instanceId }: Submission): boolean =>
    instances.some(({ id, kind }) => id === instanceId && kind === 'review');
  let last = own;
  for (let next = versions[last + 1]; next && isFix(next); next = versions[last + 1]) last += 1;
  return last;
}

/** What a review has before it, or what it made of that; of one that is over, nothing that came later. */
function lastOfReview(versions: readonly Submission[], { id, submittedAt }: NodeInstance): number {
  const fix = versions.findLastIndex(({ instanceId }) => instanceId === id);
  if (fix !== -1 || submittedAt === null) return fix === -1 ? versions.length - 1 : fix;
  return versions.findLastIndex((version) => version.submittedAt <= submittedAt);
}

const between = (before: Submission | undefined, after: Submission | undefined) => ({
  from: before?.id ?? null,
  to: after?.id ?? null,
  changes: before && after ? jsonDiff(before.values, after.values) : [],
});

export function diffRoutes(services: Services, forms: Forms): Router {
  const router = Router();

  router.get('/node-instances/:instance/diff', async (req, res) => {
    const caller = callerOf(req);
    const instance = await instanceFor(services, caller, req.params.instance);
    requireSight(caller, instance);
    res.json(await difference(instance));
  });

  async function difference(instance: NodeInstance) {
    const node = (await forms.definition(instance.versionId)).nodes.find(({ key }) => key === instance.node);
    if (node?.kind !== 'review' && node?.kind !== 'labeling') {
      throw new Refusal('INVALID_REQUEST', 'labeling and review nodes have a diff, others have not');
    }
    const worked = node.kind === 'review' ? node.reviews : node.key;
    const { visits, submissions } = await pastOf(services, instance).standing();
    const versions = submissions.filter((version) => version.node === worked);
    const last = node.kind === 'review' ? lastOfReview(versions, instance) : lastOfVisit(versions, visits, instance);
    return between(versions[last - 1], versions[last]);
  }

  return router;
}
