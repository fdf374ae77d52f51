// Actions on a node instance: every command of core/commands.ts has a route of its name.
import type { Request } from 'express';
import { Router } from 'express';
import type { z } from 'zod';
import type { CommandType } from '../../core/commands.js';
import { commandTypes } from '../../core/commands.js';
import { cycleWorkflowId } from '../../core/ids.js';
import { discardAction } from '../../core/pipeline.js';
import { mayWork, roles } from '../../core/roles.js';
import type { Actor, SubmissionRef } from '../../core/state.js';
import { anybodyEligible } from '../../db/queries/eligible-members.js';
import type { FoundInstance, NodeInstance } from '../../db/queries/node-instances.js';
import { findInstance } from '../../db/queries/node-instances.js';
import { owningStream } from '../../db/queries/owning-stream.js';
import { saveDraft } from '../../db/staging/payloads.js';
import { actorFor, ask, requireRight, tell } from '../commands.js';
import { actionBodies } from '../contract/work.js';
import { reopenEnded, reviseEnded } from '../ended-work.js';
import { expectedVersion } from '../expected-version.js';
import type { Forms } from '../forms.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import type { Caller } from '../middleware/authenticate.js';
import { callerOf } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { storeValues } from '../store-values.js';
import { refuseUnchanged } from '../strict-rework.js';

type Body = z.infer<(typeof actionBodies)[CommandType]> & {
  values?: unknown;
  action?: string | undefined;
  to?: string | undefined;
  answers?: Record<string, string> | undefined;
};

/** Commands whose values are the holder's draft. */
const draftingTypes: readonly CommandType[] = ['heartbeat', 'release'];
const lostClaims = ['LEASE_LOST', 'CONSENSUS_CLOSED', 'NOT_CLAIMED', 'PIPELINE_PAUSED'];

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
    const eligible = roles.filter((role) => mayWork(role, kind));
    return !(await anybodyEligible(pool, { instanceId: id, except: actorId, roles: eligible }));
  }

  return async function fieldsOf(
    instance: NodeInstance,
    type: CommandType,
    body: Body,
    actorId: string,
    submissionId: string,
  ) {
    const { onBehalfOf: _, values, expectedVersion: __, ...rest } = body;
    if (type === 'submit') await refuseUnchanged(services, forms, instance, body);
    const submission = await stored(instance, type, body, submissionId);
    return {
      ...rest,
      ...(submission ? { submission } : {}),
      ...(type === 'vote' ? { ballot: await ballot(instance, values) } : {}),
      ...(type === 'skip' ? { nobodyLeft: await isNobodyLeft(instance, actorId) } : {}),
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

/** The same for every try with the same key, so that a retry does not add a submission. */
const submissionIdOf = (updateId: string): string => `sub_${updateId.replaceAll('-', '').slice(0, 32)}`;

interface Given {
  type: CommandType;
  target: FoundInstance;
  actor: Actor;
  updateId: string;
}

export function nodeInstanceRoutes(services: Services, forms: Forms): Router {
  const { pool } = services;
  const router = Router();
  const fieldsOf = createFields(services, forms);

  async function instanceFor(caller: Caller, id: string): Promise<FoundInstance> {
    const instance = await findInstance(pool, id);
    if (instance?.projectId !== caller.projectId) throw new Refusal('NOT_FOUND');
    return instance;
  }

  /** Work of a stream that has ended is that of the task's present cycle; undefined where that has ended too. */
  async function ownedBy(instance: FoundInstance, updateId: string): Promise<FoundInstance | undefined> {
    const owner = await owningStream(pool, instance, updateId);
    if (!owner || owner.isOpen) return instance;
    return owner.isCycleOpen && !owner.wasDone ? { ...instance, streamId: cycleWorkflowId(owner.cycleId) } : undefined;
  }

  async function act(req: Request, type: CommandType, caller: Caller, body: Body, updateId: string): Promise<Answer> {
    const instance = await instanceFor(caller, String(req.params.instance));
    const { role, ...actor } = await actorFor(services, caller, body.onBehalfOf);
    requireRight(role, type, instance.kind);
    const target = isAgain(type) ? await ownedBy(instance, updateId) : instance;
    if (target) return actOn(req, { type, target, actor, updateId }, body);
    const ended = {
      ...{ instance, actor: { ...actor, role }, updateId, seen: expectedVersion(req, body.expectedVersion) },
      fields: () => fieldsOf(instance, type, body, actor.id, submissionIdOf(updateId)),
    };
    if (type === 'reopen') return reopenEnded(services, forms, ended);
    if (type === 'revise') return reviseEnded(services, ended);
    throw new Refusal('NODE_CLOSED', 'the cycle has ended');
  }

  async function actOn(req: Request, given: Given, body: Body): Promise<Answer> {
    const { type, target: instance, actor, updateId } = given;
    const keepDraft = async (): Promise<void> => {
      if (body.values === undefined) return;
      const draft = { projectId: instance.projectId, instanceId: instance.id, memberId: actor.id };
      await saveDraft(pool, draft, body.values);
    };
    if (draftingTypes.includes(type) && instance.assignee === actor.id) await keepDraft();
    const fresh = type === 'heartbeat' ? stillFresh(instance, actor.id) : undefined;
    if (fresh) return fresh;
    const fields = await fieldsOf(instance, type, body, actor.id, submissionIdOf(updateId));
    const seen = expectedVersion(req, body.expectedVersion);
    const what = { ...given, fields: { ...fields, ...(seen === undefined ? {} : { expectedVersion: seen }) } };
    if (/\brespond-async\b/.test(req.get('prefer') ?? '')) return tell(services, what);
    try {
      return await ask(services, what);
    } catch (error) {
      // Work that came too late is kept for its author.
      if (error instanceof Refusal && lostClaims.includes(error.code)) await keepDraft();
      throw error;
    }
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
