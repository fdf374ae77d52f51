// Calls to the world outside: only hosts that this worker may call, signed, bounded, and plain JSON in both directions.
import { createHmac } from 'node:crypto';
import { messageOf, ProgramFailure } from './failure.js';

export interface CallSettings {
  /** Hosts that may be called, with port where it is not the protocol's own; `*` for any. */
  hosts: readonly string[];
  /** Signs every call. */
  secret: string | undefined;
}

export interface Call {
  /** Left out, it is a GET. */
  body?: string;
  /** Of the Idempotency-Key. */
  key: string;
  signal: AbortSignal;
}

const answerLimit = 1_048_576;

/** `t=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<text>">`, as Stripe signs its webhooks; the text is the body, of a GET the URL. */
function signature(secret: string, text: string, nowMs: number): string {
  const time = String(Math.floor(nowMs / 1_000));
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${text}`).digest('hex')}`;
}

/** A body that is too large is left unread. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > answerLimit) throw new ProgramFailure('RESULT_MALFORMED', 'the answer is larger than 1 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refused(status: number, text: string): ProgramFailure {
  const retryable = status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
  const detail = `${String(status)} ${text.slice(0, 200)}`;
  return new ProgramFailure(retryable ? 'CALL_UNAVAILABLE' : 'CALL_REFUSED', detail, { retryable });
}

function assertAllowed(url: string, hosts: readonly string[]): void {
  const { host } = new URL(url);
  if (hosts.includes('*') || hosts.includes(host)) return;
  throw new ProgramFailure('CALL_NOT_ALLOWED', `${host} is not in TASKLOOM_CALL_HOSTS of the worker`);
}

/** What is there as JSON; undefined where the answer is empty. */
export async function fetchJson(
  url: string,
  { body, key, signal }: Call,
  { hosts, secret }: CallSettings,
): Promise<unknown> {
  assertAllowed(url, hosts);
  try {
    const response = await fetch(url, {
      ...(body === undefined ? { method: 'GET' } : { method: 'POST', body }),
      redirect: 'error',
      signal,
      headers: {
        ...(body === undefined ? { accept: 'application/json' } : { 'content-type': 'application/json' }),
        'idempotency-key': key,
        ...(secret === undefined ? {} : { 'taskloom-signature': signature(secret, body ?? url, Date.now()) }),
      },
    });
    const text = await textOf(response);
    if (!response.ok) throw refused(response.status, text);
    return text.trim() === '' ? undefined : (JSON.parse(text) as unknown);
  } catch (error) {
    if (error instanceof ProgramFailure) throw error;
    if (error instanceof SyntaxError)
      throw new ProgramFailure('RESULT_MALFORMED', 'the answer is no JSON', { cause: error });
    throw new ProgramFailure(signal.aborted ? 'CALL_TIMEOUT' : 'CALL_UNAVAILABLE', messageOf(error), {
      retryable: true,
      cause: error,
    });
  }
}
