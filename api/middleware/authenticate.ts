// Who is asking: an API key of a project's member, or the operator's key.
import { timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { isManager } from '../../core/roles.js';
import type { KeyHolder } from '../../db/queries/api-key.js';
import { keyHolder } from '../../db/queries/api-key.js';
import { sha256 } from '../../language/hashing.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';

export type Caller = KeyHolder;

const callers = new WeakMap<Request, Caller | 'operator'>();

/** Short enough that a revoked key is soon refused, long enough that a busy worker costs no query per request. */
const rememberMs = 3_000;
const rememberAtMost = 10_000;

const digest = (text: string): Buffer => Buffer.from(sha256(text), 'hex');

export function authenticate({ pool, operatorKey }: Pick<Services, 'pool' | 'operatorKey'>): RequestHandler {
  const known = new Map<string, { holder: KeyHolder; until: number }>();

  async function holderOf(hash: string): Promise<KeyHolder | undefined> {
    const now = Date.now();
    const remembered = known.get(hash);
    if (remembered && remembered.until > now) return remembered.holder;
    const holder = await keyHolder(pool, hash);
    if (known.size >= rememberAtMost) known.clear();
    if (holder) known.set(hash, { holder, until: now + rememberMs });
    else known.delete(hash);
    return holder;
  }

  return async (req, _res, next) => {
    const secret = /^Bearer (\S{16,200})$/i.exec(req.get('authorization') ?? '')?.[1];
    if (secret === undefined) throw new Refusal('UNAUTHORIZED');
    const isOperator = operatorKey !== undefined && timingSafeEqual(digest(secret), digest(operatorKey));
    const caller = isOperator ? 'operator' : await holderOf(sha256(secret));
    if (!caller) throw new Refusal('UNAUTHORIZED');
    if (caller !== 'operator' && caller.expiresAt && caller.expiresAt.getTime() <= Date.now()) {
      throw new Refusal('UNAUTHORIZED', 'the key has expired');
    }
    callers.set(req, caller);
    next();
  };
}

/** The member who asks. The operator is none: projects are not the operator's to look into. */
export function callerOf(req: Request): Caller {
  const caller = callers.get(req);
  if (!caller || caller === 'operator') throw new Refusal('FORBIDDEN', 'this needs a key of a project');
  return caller;
}

export function requireOperator(req: Request): void {
  if (callers.get(req) !== 'operator') throw new Refusal('FORBIDDEN', 'this needs the key of the operator');
}

/** The caller, who has to be a member of that project: others' projects do not exist for them. */
export function memberOf(req: Request, projectId: string): Caller {
  const caller = callerOf(req);
  if (caller.projectId !== projectId) throw new Refusal('NOT_FOUND');
  return caller;
}

export function requireManager(caller: Caller): Caller {
  if (!isManager(caller.role)) throw new Refusal('FORBIDDEN', 'this needs the role admin or team_manager');
  return caller;
}

export function requireAdmin(caller: Caller): Caller {
  if (caller.role !== 'admin') throw new Refusal('FORBIDDEN', 'this needs the role admin');
  return caller;
}
