// A stand-in for a paid model API that can't be had in a rehearsal: real HTTP, the OpenAI wire format, scripted answers.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const rule = z.strictObject({
  /** A part of the prompt, in any case; left out: every prompt. */
  when: z.string().optional(),
  /** Only for the first so many calls with the same prompt. */
  times: z.number().int().positive().optional(),
  /** Sent as the message's JSON. */
  answer: z.unknown().optional(),
  /** Sent as the message as it is. */
  text: z.string().optional(),
  refuse: z.string().optional(),
  status: z.number().int().min(400).max(599).optional(),
  /** Never answers. */
  hang: z.literal(true).optional(),
  tokens: z.strictObject({ input: z.number().int(), output: z.number().int() }).optional(),
});

/** What each model says: the first rule that applies. */
export const modelScript = z.record(z.string(), z.array(rule).min(1));
export type ModelScript = z.infer<typeof modelScript>;
type Rule = z.infer<typeof rule>;

export interface ModelServer {
  /** Ends in `/v1`. */
  url: string;
  host: string;
  /** How often each model was asked. */
  calls: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const request = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
});

async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
}

function completion(model: string, { answer, text, refuse, tokens }: Rule) {
  const { input, output } = tokens ?? { input: 100, output: 20 };
  const content = refuse === undefined ? (text ?? JSON.stringify(answer)) : null;
  return {
    id: 'chatcmpl-rehearsal',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        message: { role: 'assistant', content, refusal: refuse ?? null },
        logprobs: null,
      },
    ],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

export async function startModelServer(script: ModelScript): Promise<ModelServer> {
  const calls = new Map<string, number>();
  const asked = new Map<string, number>();
  /** By Idempotency-Key, as a provider that honours them repeats what it has answered. */
  const given = new Map<string, Rule>();

  function ruleFor(model: string, prompt: string): Rule | undefined {
    const key = `${model}\n${prompt}`;
    const before = asked.get(key) ?? 0;
    asked.set(key, before + 1);
    return script[model]?.find(
      ({ when, times }) =>
        (when === undefined || prompt.toLowerCase().includes(when.toLowerCase())) &&
        (times === undefined || before < times),
    );
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { model, messages } = request.parse(await bodyOf(req));
    calls.set(model, (calls.get(model) ?? 0) + 1);
    const key = req.headers['idempotency-key']?.toString() ?? randomUUID();
    const found = given.get(key) ?? ruleFor(model, messages.map(({ content }) => content).join('\n'));
    if (!found) send(res, 404, { error: { message: `no rule for ${model}`, type: 'invalid_request_error' } });
    else if (found.status !== undefined)
      send(res, found.status, { error: { message: 'scripted', type: 'server_error' } });
    else if (found.hang !== true) {
      given.set(key, found);
      send(res, 200, completion(model, found));
    }
  }

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      send(res, 400, { error: { message: String(error), type: 'invalid_request_error' } });
    });
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${String(port)}`;
  return { url: `http://${host}/v1`, host, calls, stop: () => stopped(server) };
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

const stopped = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
