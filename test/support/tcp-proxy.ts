// A TCP proxy on loopback that can be broken in the ways networks break.
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections are refused, and those that are open are cut. */
  refuse(): void;
  /** Nothing gets through, in either direction, and nothing says so. */
  blackHole(): void;
  /** What clients send waits; what the server sends gets through. */
  holdRequests(): void;
  /** Of each connection, what its client sends waits from the first bytes on that hold this word; all else gets through. */
  holdFrom(word: string): void;
  /** What waits so, for each of these connections. */
  held(): string[];
  /** Sends that on, even if the clients are gone meanwhile; answers with what the server said to each. */
  release(): Promise<string[]>;
  /** All is well again. What was held is sent on; what fell into the black hole is lost with its connection. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

type Mode = 'forward' | 'refuse' | 'blackHole' | 'holdRequests';

interface Pair {
  client: Socket;
  server: Socket;
  held: Buffer[];
  lost: boolean;
}

export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  let mode: Mode = 'forward';
  let word: string | undefined;
  const pairs = new Set<Pair>();
  const waits = ({ held }: Pair, data: Buffer): boolean =>
    mode === 'holdRequests' || held.length > 0 || (word !== undefined && data.includes(word));
  let port = 0;
  let listener = listen();

  function listen() {
    const server = createServer((client) => {
      accept(client);
    });
    server.listen(port, '127.0.0.1');
    return server;
  }

  function accept(client: Socket): void {
    const server = createConnection(targetPort, '127.0.0.1');
    const pair: Pair = { client, server, held: [], lost: mode === 'blackHole' };
    pairs.add(pair);
    client.on('data', (data) => {
      if (mode === 'blackHole') pair.lost = true;
      else if (waits(pair, data)) pair.held.push(data);
      else server.write(data);
    });
    server.on('data', (data) => {
      if (mode === 'blackHole') pair.lost = true;
      else client.write(data);
    });
    const end = (): void => {
      // Inside a black hole nobody hears that the other end is gone, nor behind bytes that wait.
      if (mode === 'blackHole' || mode === 'holdRequests' || pair.held.length > 0) return;
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.on('close', end).on('error', end);
  }

  const holding = (): Pair[] => [...pairs].filter(({ held }) => held.length > 0);
  const sendHeld = ({ server, held }: Pair): void => {
    for (const data of held.splice(0)) server.write(data);
  };

  const cut = (which: (pair: Pair) => boolean): void => {
    for (const pair of pairs) {
      if (!which(pair)) continue;
      pair.client.destroy();
      pair.server.destroy();
      pairs.delete(pair);
    }
  };

  await new Promise((resolve) => listener.once('listening', resolve));
  port = (listener.address() as AddressInfo).port;

  return {
    port,
    refuse() {
      mode = 'refuse';
      listener.close();
      cut(() => true);
    },
    blackHole() {
      mode = 'blackHole';
    },
    holdRequests() {
      mode = 'holdRequests';
    },
    holdFrom(start) {
      word = start;
    },
    held: () => holding().map(({ held }) => Buffer.concat(held).toString()),
    async release() {
      word = undefined;
      const replies = holding().map(async (pair) => {
        const reply = once(pair.server, 'data') as Promise<[Buffer]>;
        sendHeld(pair);
        return (await reply).toString();
      });
      return Promise.all(replies);
    },
    async heal() {
      const wasRefusing = mode === 'refuse';
      mode = 'forward';
      cut((pair) => pair.lost);
      for (const pair of pairs) sendHeld(pair);
      if (!wasRefusing) return;
      listener = listen();
      await new Promise((resolve) => listener.once('listening', resolve));
    },
    async close() {
      cut(() => true);
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
