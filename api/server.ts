// Composition root of the API process: connects, mounts, listens. No logic of its own.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { loadConfig } from '../config.js';
import { openConnections } from '../runtime/connections.js';
import { announceReady, onStop } from '../runtime/process-life.js';
import { createApp } from './app.js';

const config = loadConfig();
const log = pino({ name: 'api', level: config.logLevel });
const connections = await openConnections(config, log);
const { client, database } = connections;

const server = createServer(createApp({ ...database, client, operatorKey: config.operatorKey, log }));
// Longer than proxies and clients keep an idle connection: who closes first must not be the one who is asked.
server.keepAliveTimeout = 75_000;
server.listen(config.port, config.host, () => {
  const { port } = server.address() as AddressInfo;
  const url = `http://${config.host}:${String(port)}`;
  log.info({ url }, 'listening');
  announceReady(url);
});
onStop(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await closed;
  await connections.close();
});
