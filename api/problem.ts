// Errors as HTTP tells them: RFC 9457 problem documents with a code of the one catalogue. The only mapper of errors.
import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Rejection } from '../core/decision.js';
import type { RejectionCode } from '../core/rejections.js';
import { rejections } from '../core/rejections.js';
import { isUnreachable } from '../db/connection.js';

/** A refusal on its way to the client. */
export class Refusal extends Error {
  constructor(
    readonly code: RejectionCode,
    readonly detail?: string,
    /** Further members of the problem document, e.g. every field that is wrong. */
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(code);
    this.name = 'Refusal';
  }
}

export const refusalOf = ({ code, detail }: Rejection): Refusal => new Refusal(code, detail);

export function problemOf({ code, detail, extra }: Refusal): { status: number; body: Record<string, unknown> } {
  const [status, title] = rejections[code];
  return {
    status,
    body: {
      type: `urn:taskloom:rejection:${code}`,
      title,
      status,
      code,
      ...(detail === undefined ? {} : { detail }),
      ...extra,
    },
  };
}

export function sendProblem(res: Response, refusal: Refusal): void {
  const { status, body } = problemOf(refusal);
  if (status === 429 || status === 503 || status === 202) res.setHeader('Retry-After', '1');
  res.status(status).type('application/problem+json').send(JSON.stringify(body));
}

/** JSON pointers and messages of what a body or query got wrong. */
export function problemsOf(error: z.ZodError): { pointer: string; message: string }[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.map(asToken).join('');
    if (issue.code !== 'unrecognized_keys') return [{ pointer: at, message: issue.message }];
    return issue.keys.map((key) => ({ pointer: `${at}${asToken(key)}`, message: 'is not known here' }));
  });
}

const asToken = (part: PropertyKey): string => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Of what body parsers throw. */
const parserErrors: Record<string, RejectionCode> = {
  'entity.too.large': 'BODY_TOO_LARGE',
  'entity.parse.failed': 'INVALID_JSON',
  'encoding.unsupported': 'UNSUPPORTED_MEDIA_TYPE',
  'charset.unsupported': 'UNSUPPORTED_MEDIA_TYPE',
  'request.aborted': 'INVALID_REQUEST',
  'request.size.invalid': 'INVALID_REQUEST',
  'parameters.too.many': 'INVALID_REQUEST',
};

function refusalFrom(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof z.ZodError) return new Refusal('INVALID_REQUEST', undefined, { problems: problemsOf(error) });
  const type = (error as { type?: unknown } | null)?.type;
  if (typeof type === 'string' && Object.hasOwn(parserErrors, type))
    return new Refusal(parserErrors[type] ?? 'INVALID_REQUEST');
  if (error instanceof URIError) return new Refusal('NOT_FOUND');
  if (isUnreachable(error) || isTemporalAway(error)) return new Refusal('UNAVAILABLE');
  return undefined;
}

/** gRPC says so by its status code. */
function isTemporalAway(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ([1, 4, 8, 10, 14].includes((at as { code?: unknown }).code as number)) return true;
  }
  return false;
}

export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const refusal = refusalFrom(error);
    if (refusal) {
      if (refusal !== error && refusal.code === 'UNAVAILABLE') {
        log.warn({ err: error, method: req.method, route: req.path }, 'a part of the service did not answer');
      }
      sendProblem(res, refusal);
      return;
    }
    // A defect: the log has it, the client gets no internals.
    log.error({ err: error, method: req.method, route: req.path }, 'request failed');
    const body = {
      type: 'about:blank',
      title: 'The service failed. The error is in its log.',
      status: 500,
      code: 'INTERNAL',
    };
    res.status(500).type('application/problem+json').send(JSON.stringify(body));
  };
}
