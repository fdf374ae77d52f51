// Actions on a node instance: every command of core/commands.ts has a route of its name.
import type { Request } from 'express';
import { Router } from 'express';
import type pg from 'pg';
import type { z } from 'zod';
import type { CommandType } from '../../core/commands.js';
import { commandTypes } from '../../core/commands.js';
import { cycleWorkflowId } from '../../core/ids.js';
import { discardAction } from '../../core/pipeline.js';
import { rolesAt } from '../../core/roles.js';
import type { Actor, SubmissionRef } from '../../core/state.js';
import { anybodyEligible } from '../../db/queries/eligible-members.js';
import type { FoundInstance, NodeInstance } from '../../db/queries/node-instances.js';
import { owningStream } from '../../db/queries/owning-stream.js';
import { saveDraft } from '../../db/staging/payloads.js';
import { actorFor, ask, requireRight, tell } from '../commands.js';
import { actionBodies } from '../contract/work.js';
import { reopenEnded, reviseEnded } from '../ended-work.js';
import { expectedVersion } from '../expected-version.js';
import type { Forms } from '../forms.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import { freeIfGone, keptFor } from '../kept-work.js';
import type { Caller } from '../middleware/authenticate.js';
import { callerOf } from '../middleware/authenticate.js';
import { instanceFor } from '../named-instance.js';
import { ownIdFor } from '../new-id.js';
import { Refusal } from '../problem.js';
import { keepWork, keptRefusal } from '../refused-work.js';
import type { Services } from '../services.js';
import { storeValues } from '../store-values.js';
import { refuseSameJudgement, refuseUnchanged } from '../strict-rework.js';

type Body = z.infer<(typeof actionBodies)[CommandType]> & {
  values?: unknown;
  action?: string | undefined;
  to?: string | undefined;
  answers?: Record<string, string> | undefined;
};

/** Commands whose values are the holder's draft. */
const draftingTypes: readonly CommandType[] = ['heartbeat', 'release'];
/** Commands that may open work anew, kept for who did it before; nothing is on a first visit. */
const mayKeep = (type: CommandType, { visit }: NodeInstance): boolean =>
  ['reject', 'reopen', 'resolve'].includes(type) || (visit > 1 && (type === 'submit' || type === 'vote'));

/** Commands on work that is done. */
const isAgain = (type: CommandType): boolean => type === 'recall' || type === 'reopen' || type === 'revise';

/** Turns a request's body into the fields of a command. */
function createFields(services: Services, forms: Forms) {
  const { pool } = services;

  async function answeredNode(instance: NodeInstance, type: CommandType): Promise<string> {
    const node = (await forms.definition(instance.versionId)).nodes.find(({ key }) => key === instance.node);
    if (node?.kind === 'consensus_review') return node.reviews;
    return node?.kind === 'review' && type !== 'submit' ? node.reviews : instance.node;
  }

  async function stored(
    instance: NodeInstance,
    type: CommandType,
    body: Body,
    id: string,
  ): Promise<SubmissionRef | undefined> {
    const isFix = (type === 'resolve' || type === 'approve') && body.values !== undefined;
    const isAgain = type === 'revise' || (type === 'reopen' && body.values !== undefined);
    const isHandedIn = type === 'submit' || type === 'vote' || isFix || isAgain;
    if (!isHandedIn) return undefined;
    const { values = {} } = body;
    // What is discarded needs no answer; a fix at a review stands for the work that is reviewed.
    if (body.action !== discardAction)
      await forms.check(instance.versionId, await answeredNode(instance, type), values);
    return storeValues(pool, instance.projectId, id, values);
  }

  /** The compared fields of a vote. */
  async function ballot(instance: NodeInstance, values: unknown): Promise<Record<string, unknown>> {
    const node = (await forms.definition(instance.versionId)).nodes.find(({ key }) => key === instance.node);
    const fields = node?.kind === 'consensus' ? Object.keys(node.policy.fields) : [];
    return Object.fromEntries(
      fields.map((field) => [field, (values as Record<string, unknown> | null)?.[field] ?? null]),
    );
  }

  /** The cycle does not know who is there to take over what is given back. */
  async function isNobodyLeft({ id, kind }: NodeInstance, actorId: string): Promise<boolean> {
    return !(await anybodyEligible(pool, { instanceId: id, except: actorId, roles: rolesAt(kind) }));
  }

  return async function fieldsOf(
    instance: NodeInstance,
    type: CommandType,
    body: Body,
    actor: Actor,
    submissionId: string,
  ) {
    const { onBehalfOf: _, values, expectedVersion: __, ...rest } = body;
    const { reservedFor } = instance;
    if (type === 'submit') await refuseUnchanged(services, forms, instance, body);
    if (type === 'approve' && instance.kind === 'consensus_review')
      await refuseSameJudgement(services, forms, instance, body);
    const submission = await stored(instance, type, body, submissionId);
    return {
      ...rest,
      ...(submission ? { submission } : {}),
      ...(type === 'vote' ? { ballot: await ballot(instance, values) } : {}),
      ...(type === 'skip' ? { nobodyLeft: await isNobodyLeft(instance, actor.id) } : {}),
      ...(type === 'release' && actor.manager && reservedFor !== null ? { of: reservedFor } : {}),
      ...(type === 'resolve' && body.to !== undefined ? { to: await keptFor(services, instance, body.to) } : {}),
    };
  };
}

/** The answer to a heartbeat that need not be passed on: each one is an event in the cycle's history. */
function stillFresh(instance: NodeInstance, actorId: string): Answer | undefined {
  const { id, taskId, status, version, assignee, leaseUntil, leaseMs } = instance;
  if (status !== 'claimed' || assignee !== actorId || leaseUntil === null) return undefined;
  // Passed on only when less than half of the lease is left.
  if (leaseUntil.getTime() - Date.now() <= leaseMs / 2) return undefined;
  return { status: 200, body: { nodeInstanceId: id, taskId, status, version, assignee, leaseUntil } };
}

interface Given {
  type: CommandType;
  target: FoundInstance;
  actor: Actor;
  updateId: string;
}

/** Work of a stream that has ended is that of the task's present cycle; undefined where that has ended too. */
async function ownedBy(pool: pg.Pool, instance: FoundInstance, updateId: string): Promise<FoundInstance | undefined> {
  const owner = await owningStream(pool, instance, updateId);
  if (!owner || owner.isOpen) return instance;
  return owner.isCycleOpen && !owner.wasDone ? { ...instance, streamId: cycleWorkflowId(owner.cycleId) } : undefined;
}

export function nodeInstanceRoutes(services: Services, forms: Forms): Router {
  const { pool } = services;
  const router = Router();
  const fieldsOf = createFields(services, forms);

  async function act(req: Request, type: CommandType, caller: Caller, body: Body, updateId: string): Promise<Answer> {
    const instance = await instanceFor(services, caller, String(req.params.instance));
    const { role, ...actor } = await actorFor(services, caller, body.onBehalfOf);
    const sent = { type, instance, memberId: actor.id, body };
    try {
      requireRight(role, type, instance.kind);
      return await sendOn(req, { type, target: instance, actor, updateId }, body, role);
    } catch (error) {
      throw await keptRefusal(services, error, sent);
    }
  }

  async function sendOn(req: Request, given: Given, body: Body, role: Caller['role']): Promise<Answer> {
    const { type, target: instance, actor, updateId } = given;
    const target = isAgain(type) ? await ownedBy(pool, instance, updateId) : instance;
    if (target) return actOn(req, { ...given, target }, body);
    const ended = {
      ...{ instance, actor: { ...actor, role }, updateId, seen: expectedVersion(req, body.expectedVersion) },
      fields: () => fieldsOf(instance, type, body, actor, ownIdFor('sub', updateId)),
    };
    if (type === 'reopen') return reopenEnded(services, forms, ended);
    if (type === 'revise') return reviseEnded(services, ended);
    throw new Refusal('NODE_CLOSED', 'the cycle has ended');
  }

  async function actOn(req: Request, given: Given, body: Body): Promise<Answer> {
    const { type, target: instance, actor, updateId } = given;
    if (draftingTypes.includes(type) && instance.assignee === actor.id && body.values !== undefined) {
      await saveDraft(
        pool,
        { projectId: instance.projectId, instanceId: instance.id, memberId: actor.id },
        body.values,
      );
    }
    const fresh = type === 'heartbeat' ? stillFresh(instance, actor.id) : undefined;
    if (fresh) return fresh;
    const fields = await fieldsOf(instance, type, body, actor, ownIdFor('sub', updateId));
    const seen = expectedVersion(req, body.expectedVersion);
    const what = { ...given, fields: { ...fields, ...(seen === undefined ? {} : { expectedVersion: seen }) } };
    if (/\brespond-async\b/.test(req.get('prefer') ?? '')) {
      // Nobody is told of a refusal then, so it is kept beforehand.
      await keepWork(services, { type, instance, memberId: actor.id, body }, false);
      return tell(services, what);
    }
    const answer = await ask(services, what);
    if (mayKeep(type, instance)) await freeIfGone(services, instance.taskId, updateId);
    return answer;
  }

  for (const type of commandTypes) {
    router.post(`/node-instances/:instance/${type}`, async (req, res) => {
      const caller = callerOf(req);
      const body = actionBodies[type].parse(req.body ?? {}) as Body;
      const what = { ...body, ifMatch: req.get('if-match') ?? null };
      await once(services, caller, req, res, what, ({ updateId }) => act(req, type, caller, body, updateId));
    });
  }

  return router;
}
