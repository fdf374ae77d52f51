// A retry after a lost response gets the first answer; the same key for something else, or by somebody else, is refused.
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { canonicalJson } from '../core/canonical-json.js';
import { rememberAnswer, rememberRequest } from '../db/staging/idempotency-keys.js';
import { sha256 } from '../language/hashing.js';
import { problemOf, Refusal, sendProblem } from './problem.js';
import type { Caller } from './middleware/authenticate.js';
import type { Services } from './services.js';

export interface Keyed {
  /** The id of the command: the same for every try with the same key. */
  updateId: string;
  key: string | undefined;
  /** The same for every try, too. */
  firstAskedAt: Date;
  /** An earlier try may have had its effect. */
  again: boolean;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** Refusals that say nothing about the command itself: asking again may get another answer. */
const passing: readonly string[] = ['UNAVAILABLE', 'BUSY', 'PENDING', 'PIPELINE_PAUSED', 'NODE_PAUSED', 'TASK_PAUSED'];

export const isPassing = ({ code }: Refusal): boolean => passing.includes(code);

function keyOf(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Refusal('INVALID_REQUEST', 'an Idempotency-Key is 1 to 200 visible ASCII characters');
  }
  return key;
}

/**
 * Runs a mutation once per Idempotency-Key. Definite refusals are answers too; what is passing is not remembered.
 * @param what - The body and all else that tells this request from another one.
 */
export async function once(
  { pool }: Pick<Services, 'pool'>,
  caller: Pick<Caller, 'projectId' | 'memberId'>,
  req: Request,
  res: Response,
  what: unknown,
  work: (keyed: Keyed) => Promise<Answer>,
): Promise<void> {
  const key = keyOf(req);
  if (key === undefined) {
    send(res, await work({ updateId: randomUUID(), key, firstAskedAt: new Date(), again: false }));
    return;
  }
  const { projectId, memberId } = caller;
  const route = `${req.method} ${req.baseUrl}${req.path}`;
  const requestHash = sha256(`${route}\n${canonicalJson(what)}`);
  const updateId = sha256([projectId, memberId, route, key].join('\n'));
  const known = await rememberRequest(pool, { projectId, key, memberId, requestHash, updateId });
  if (known.requestHash !== requestHash || known.memberId !== memberId) throw new Refusal('IDEMPOTENCY_KEY_REUSED');
  if (known.status !== null) {
    send(res, { status: known.status, body: known.answer });
    return;
  }
  const { firstAskedAt, again } = known;
  const answer = await work({ updateId, key, firstAskedAt, again }).catch((error: unknown) => {
    if (error instanceof Refusal && !isPassing(error)) return problemOf(error);
    throw error;
  });
  if (answer.status !== 202) await rememberAnswer(pool, { projectId, key, status: answer.status, answer: answer.body });
  send(res, answer);
}

function send(res: Response, { status, body }: Answer): void {
  const code = (body as { code?: unknown } | null)?.code;
  if (status === 202 && code === 'PENDING') {
    sendProblem(res, new Refusal('PENDING'));
    return;
  }
  if (status >= 400) res.type('application/problem+json');
  else res.type('application/json');
  res.status(status).send(JSON.stringify(body));
}
