// A TCP proxy on loopback that can be broken in the ways networks break.
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
  /** All is well again. What was held is sent on; what fell into the black hole is lost with its connection. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

type Mode = 'forward' | 'refuse' | 'blackHole' | 'holdRequests';

export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  let mode: Mode = 'forward';
  const pairs = new Set<{ client: Socket; server: Socket; held: Buffer[]; lost: boolean }>();
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
    const pair = { client, server, held: [] as Buffer[], lost: mode === 'blackHole' };
    pairs.add(pair);
    client.on('data', (data) => {
      if (mode === 'blackHole') pair.lost = true;
      else if (mode === 'holdRequests') pair.held.push(data);
      else server.write(data);
    });
    server.on('data', (data) => {
      if (mode === 'blackHole') pair.lost = true;
      else client.write(data);
    });
    const end = (): void => {
      // Inside a black hole nobody hears that the other end is gone.
      if (mode === 'blackHole' || mode === 'holdRequests') return;
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.on('close', end).on('error', end);
  }

  const cut = (which: (pair: { lost: boolean }) => boolean): void => {
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
    async heal() {
      const wasRefusing = mode === 'refuse';
      mode = 'forward';
      cut((pair) => pair.lost);
      for (const pair of pairs) for (const data of pair.held.splice(0)) pair.server.write(data);
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
