// Talks to the API as a client that must not lose anything: every mutation has an Idempotency-Key, and whatever gave no
// definite answer is asked again with the same one. So a rehearsal survives the death of any part of the server.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Meter } from './meter.js';
import { InputProblem, PatienceEnded } from './problems.js';

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** API key; none where a token in the path is all that is asked for. */
  key?: string;
  json?: unknown;
  /** Made anew for every try, as a stream can be read once. */
  raw?: { type: string; body: () => string | ReadableStream };
}

export type Answer =
  | { ok: true; status: number; body: unknown }
  | { ok: false; status: number; code: string; detail: string; problems: unknown[] };

export interface Api {
  /** The definite answer. */
  send(call: Call): Promise<Answer>;
  /** An answer that has to be a success: a refusal is the fault of what was given to rehearse. */
  get(path: string, key: string): Promise<unknown>;
}

export interface ApiOptions {
  url: string;
  patienceMs: number;
  meter: Meter;
  signal: AbortSignal;
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** Longer than the API itself waits for a definite answer. */
const answerWithinMs = 30_000;
/** A defect of the server is asked again a few times only: it may be a part of it that is just being killed. */
const defectsAtMost = 8;

interface Problem {
  code?: string;
  detail?: string;
  title?: string;
  problems?: unknown[];
}

/** Why an answer is not definite; undefined where it is. */
function passingReason(status: number, code: string | undefined, defects: number): string | undefined {
  if (status === 202) return code === 'PENDING' ? code : undefined;
  const passes = status === 429 || (status >= 502 && status <= 504) || (status >= 500 && defects < defectsAtMost);
  return passes ? (code ?? String(status)) : undefined;
}

/** What undici says of a connection that broke is in the cause. */
function reasonOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: string };
  return typeof cause?.code === 'string' ? cause.code : (name ?? 'network');
}

function contentOf({ json, raw }: Call): { type: string; body: string | ReadableStream } | undefined {
  if (raw) return { type: raw.type, body: raw.body() };
  return json === undefined ? undefined : { type: 'application/json', body: JSON.stringify(json) };
}

function answerOf(status: number, body: unknown): Answer {
  if (status < 400) return { ok: true, status, body };
  const { code, detail, title, problems } = (body ?? {}) as Problem;
  return {
    ok: false,
    status,
    code: code ?? String(status),
    detail: detail ?? title ?? '',
    problems: Array.isArray(problems) ? problems : [],
  };
}

export function createApi({ url, patienceMs, meter, signal }: ApiOptions): Api {
  const base = url.replace(/\/+$/, '');

  async function attempt(call: Call, idempotencyKey: string | undefined) {
    const content = contentOf(call);
    const limits = call.raw ? [signal] : [signal, AbortSignal.timeout(answerWithinMs)];
    const response = await fetch(`${base}/v1${call.path}`, {
      method: call.method ?? 'GET',
      headers: {
        ...(call.key === undefined ? {} : { authorization: `Bearer ${call.key}` }),
        ...(content ? { 'content-type': content.type } : {}),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(content ? { body: content.body, duplex: 'half' as const } : {}),
      signal: AbortSignal.any(limits),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  async function send(call: Call): Promise<Answer> {
    const idempotencyKey = (call.method ?? 'GET') === 'GET' ? undefined : randomUUID();
    const giveUpAt = performance.now() + patienceMs;
    for (let pauseMs = firstPauseMs, defects = 0; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      let reason: string;
      try {
        const { status, body } = await attempt(call, idempotencyKey);
        const passing = passingReason(status, (body as Problem | undefined)?.code, defects);
        if (passing === undefined) return answerOf(status, body);
        if (status === 500) defects += 1;
        reason = passing;
      } catch (error) {
        signal.throwIfAborted();
        reason = reasonOf(error);
      }
      meter.retried(reason);
      if (performance.now() + pauseMs > giveUpAt) {
        throw new PatienceEnded(
          `${call.path} got no definite answer within ${patienceMs / 1_000} s; the last was ${reason}`,
        );
      }
      await pause(pauseMs, undefined, { signal });
    }
  }

  return {
    send,
    async get(path, key) {
      const answer = await send({ path, key });
      if (!answer.ok) throw refused(`GET ${path}`, answer);
      return answer.body;
    },
  };
}

/** A refusal in words, with every problem that the API named. */
export function refused(what: string, answer: Answer & { ok: false }): InputProblem {
  const problems = answer.problems.map((problem) => {
    const { pointer, line, message } = problem as { pointer?: string; line?: number; message?: string };
    const at = pointer ?? (line === undefined ? '' : `line ${line}`);
    return `${at === '' ? '' : `${at}: `}${message ?? JSON.stringify(problem)}`;
  });
  return new InputProblem(`${what}: ${answer.code}: ${answer.detail}`, problems);
}
