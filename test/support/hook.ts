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

function isSigned(header: string, text: string): boolean {
  const { t = '', v1 = '' } = Object.fromEntries(header.split(',').map((part) => part.split('='))) as Record<
    string,
    string
  >;
  return v1 === createHmac('sha256', signingSecret).update(`${t}.${text}`).digest('hex');
}

/** Pages of items for seeders: the second is out of reach once, and has an item that is no task; `slow` never answers it. */
function sendItems(path: string, send: (status: number, text: string) => void): void {
  const url = new URL(path, 'http://hook');
  const cursor = url.searchParams.get('cursor');
  const times = (seen.get(path) ?? 0) + 1;
  seen.set(path, times);
  const item = (number: number) => ({ externalId: `u${number}`, data: { number } });
  const isSlow = url.searchParams.has('slow');
  if (isSlow && cursor !== null) return;
  const first = isSlow ? [item(0), item(1), item(2)] : [item(0), item(1)];
  if (cursor === null) send(200, JSON.stringify({ items: first, next: 'two' }));
  else if (cursor === 'two' && times === 1) send(503, 'not now');
  else if (cursor === 'two') send(200, JSON.stringify({ items: [{ no: 'task' }, item(2), item(3)], next: 'three' }));
  else send(200, JSON.stringify({ items: [item(4)], next: null }));
}

function lengthOf(body: string): object {
  const { data } = JSON.parse(body) as { data: { text: string } };
  return { pathway: data.text.length > 10 ? 'long' : 'short', values: { length: data.text.length } };
}

const always: Record<string, [status: number, text: string]> = {
  '/teapot': [418, 'no coffee'],
  '/prose': [200, 'all fine'],
  '/elsewhere': [200, '{"pathway":"nowhere"}'],
};

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = await textOf(req);
  const key = String(req.headers['idempotency-key']);
  const calls = (seen.get(key) ?? 0) + 1;
  seen.set(key, calls);
  const send = (status: number, text: string): void => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
  const { url = '' } = req;
  const signed = req.method === 'GET' ? `http://${String(req.headers.host)}${url}` : body;
  if (!isSigned(String(req.headers['taskloom-signature']), signed)) send(401, '{"error":"not signed"}');
  else if (url.startsWith('/items')) sendItems(url, send);
  else if (url === '/long') send(200, JSON.stringify(lengthOf(body)));
  else if (url === '/inputs') send(200, JSON.stringify({ values: (JSON.parse(body) as { inputs: object }).inputs }));
  else if (url === '/shaky') send(calls < 3 ? 500 : 200, JSON.stringify({ values: { length: calls } }));
  else if (url in always) send(...(always[url] ?? [404, '']));
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
