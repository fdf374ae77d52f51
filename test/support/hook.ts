// What code nodes of the shared stack call: it checks the signature, and its path says how it answers.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const signingSecret = 'a-signing-secret-for-tests';

export interface Hook {
  url: string;
  host: string;
  stop(): Promise<void>;
}

const seen = new Map<string, number>();

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function isSigned(header: string, body: string): boolean {
  const { t = '', v1 = '' } = Object.fromEntries(header.split(',').map((part) => part.split('='))) as Record<
    string,
    string
  >;
  return v1 === createHmac('sha256', signingSecret).update(`${t}.${body}`).digest('hex');
}

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = await textOf(req);
  const key = String(req.headers['idempotency-key']);
  const calls = (seen.get(key) ?? 0) + 1;
  seen.set(key, calls);
  const send = (status: number, text: string): void => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
  if (!isSigned(String(req.headers['taskloom-signature']), body)) send(401, '{"error":"not signed"}');
  else if (req.url === '/long') {
    const { data } = JSON.parse(body) as { data: { text: string } };
    send(
      200,
      JSON.stringify({ pathway: data.text.length > 10 ? 'long' : 'short', values: { length: data.text.length } }),
    );
  } else if (req.url === '/shaky') send(calls < 3 ? 500 : 200, JSON.stringify({ values: { length: calls } }));
  else if (req.url === '/teapot') send(418, 'no coffee');
  else if (req.url === '/prose') send(200, 'all fine');
  else if (req.url === '/elsewhere') send(200, '{"pathway":"nowhere"}');
  // Everything else is never answered.
}

export async function startHook(): Promise<Hook> {
  const server = createServer((req, res) => {
    void answer(req, res);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { url: `http://${host}`, host, stop };
}
