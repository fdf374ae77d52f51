// Free ports on the loopback address: the wanted one, else the next free one.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export const host = '127.0.0.1';
const triedPorts = 200;
// Two parts that start at the same time would otherwise be given one and the same port.
const given = new Map<number, number>();
const reservedMs = 5_000;

// Below the ports that systems hand out for outgoing connections, which would take them in the middle of a restart.
const lowest = 15_000;
const highest = 32_000;

export async function freePort(wanted = randomInt(lowest, highest)): Promise<number> {
  for (let tried = 0; tried < triedPorts; tried += 1) {
    const found = await tryPort(wanted + tried);
    if (found === undefined || isReserved(found)) continue;
    given.set(found, Date.now());
    return found;
  }
  throw new Error(`No free port among ${wanted} to ${wanted + triedPorts} on ${host}.`);
}

function isReserved(port: number): boolean {
  return Date.now() - (given.get(port) ?? 0) < reservedMs;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const found = address !== null && typeof address === 'object' ? address.port : undefined;
      server.close(() => {
        resolve(found);
      });
    });
  });
}
