// A lean client of the HTTP API: its own cost is on the same processor as what it measures.
import { Agent, request } from 'node:http';

export interface Person {
  id: string;
  key: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 128 });

/** Sends a request and reads its JSON; any status but 2xx is an error. */
export function call<T>(
  url: string,
  { key, method = 'POST', body }: { key: string; method?: 'GET' | 'POST'; body?: unknown },
): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${key}`,
    ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        const status = response.statusCode ?? 0;
        if (status === 200 || status === 201) resolve(JSON.parse(answer) as T);
        else reject(new Error(`${method} ${url}: ${String(status)} ${answer}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

export function closeConnections(): void {
  agent.destroy();
}
