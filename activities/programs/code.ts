// Code: a URL that is called, signed and with the execution's id as Idempotency-Key, or a registered function.
import { createHmac } from 'node:crypto';
import { functions } from '../../functions/index.js';
import { messageOf, ProgramFailure } from './failure.js';
import type { Produced, Program, Work } from './work.js';

export interface CallSettings {
  /** Hosts that may be called, with port where it is not the protocol's own; `*` for any. */
  hosts: readonly string[];
  /** Signs every call. */
  secret: string | undefined;
}

const answerLimit = 1_048_576;

/** What code is given: plain JSON. */
const bodyOf = ({ execution, instance, node, task, scope }: Work) => ({
  execution,
  nodeInstanceId: instance,
  node,
  pipelineId: task.pipelineId,
  task: scope.task,
  data: scope.data,
  metadata: scope.metadata,
  results: scope.results,
});

function produced(answer: unknown): Produced {
  if (answer === undefined || answer === null) return { result: {} };
  if (typeof answer !== 'object' || Array.isArray(answer)) {
    throw new ProgramFailure('RESULT_MALFORMED', 'the answer is no JSON object');
  }
  const { pathway, values, confidence } = answer as Record<string, unknown>;
  if (pathway !== undefined && typeof pathway !== 'string') {
    throw new ProgramFailure('RESULT_MALFORMED', '"pathway" is no text');
  }
  return {
    result: {
      ...(pathway === undefined ? {} : { outcome: pathway }),
      ...(typeof confidence === 'number' ? { confidence } : {}),
    },
    ...(values === undefined ? {} : { values }),
  };
}

/** `t=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, as Stripe signs its webhooks. */
export function signature(secret: string, body: string, nowMs: number): string {
  const time = String(Math.floor(nowMs / 1_000));
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
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
  return new ProgramFailure(
    retryable ? 'CALL_UNAVAILABLE' : 'CALL_REFUSED',
    `${String(status)} ${text.slice(0, 200)}`,
    {
      retryable,
    },
  );
}

async function call(url: string, work: Work, { hosts, secret }: CallSettings): Promise<unknown> {
  const { host } = new URL(url);
  if (!hosts.includes('*') && !hosts.includes(host)) {
    throw new ProgramFailure('CALL_NOT_ALLOWED', `${host} is not in TASKLOOM_CALL_HOSTS of the worker`);
  }
  const body = JSON.stringify(bodyOf(work));
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      redirect: 'error',
      signal: work.signal,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': work.execution,
        ...(secret === undefined ? {} : { 'taskloom-signature': signature(secret, body, Date.now()) }),
      },
    });
    const text = await textOf(response);
    if (!response.ok) throw refused(response.status, text);
    return text.trim() === '' ? undefined : (JSON.parse(text) as unknown);
  } catch (error) {
    if (error instanceof ProgramFailure) throw error;
    if (error instanceof SyntaxError)
      throw new ProgramFailure('RESULT_MALFORMED', 'the answer is no JSON', { cause: error });
    const isTimeout = work.signal.aborted;
    throw new ProgramFailure(isTimeout ? 'CALL_TIMEOUT' : 'CALL_UNAVAILABLE', messageOf(error), {
      retryable: true,
      cause: error,
    });
  }
}

/** A function need not look at its signal. */
const overtime = (signal: AbortSignal): Promise<never> =>
  new Promise((_, rejects) => {
    signal.addEventListener('abort', () => {
      rejects(new Error('its time is over'));
    });
  });

async function run(name: string, work: Work): Promise<unknown> {
  const registered = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!registered) throw new ProgramFailure('FUNCTION_UNKNOWN', `this worker has no function "${name}"`);
  try {
    return await Promise.race([registered(bodyOf(work), work.signal), overtime(work.signal)]);
  } catch (error) {
    if (work.signal.aborted)
      throw new ProgramFailure('CALL_TIMEOUT', messageOf(error), { retryable: true, cause: error });
    throw new ProgramFailure('FUNCTION_FAILED', messageOf(error), { retryable: true, cause: error });
  }
}

export const createCode =
  (settings: CallSettings): Program =>
  async (work) => {
    const { at } = work;
    if (at.kind !== 'code') throw new ProgramFailure('FUNCTION_UNKNOWN', `"${at.key}" is no code node`);
    if (at.url !== undefined) return produced(await call(at.url, work, settings));
    return produced(await run(at.function ?? '', work));
  };
