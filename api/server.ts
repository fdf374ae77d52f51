// Composition root of the API process: connects, mounts, listens. No logic of its own.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { connectTemporal, createClient } from '../client.js';
import { loadConfig, requireDatabaseUrl } from '../config.js';
import { connect } from '../db/connection.js';
import { migrateDatabase } from '../db/migrate.js';
import { announceReady, onStop } from '../runtime/process-life.js';
import { createApp } from './app.js';

const config = loadConfig();
const log = pino({ name: 'api', level: config.logLevel });
const databaseUrl = requireDatabaseUrl(config);
await migrateDatabase(databaseUrl);
const connection = connect(databaseUrl, {
  max: 24,
  onError: (error) => {
    log.warn({ err: error }, 'a database connection was lost');
  },
});
const temporalConnection = await connectTemporal(config.temporal);
const client = createClient(temporalConnection, { ...config.temporal, ...config });

const server = createServer(createApp({ ...connection, client, operatorKey: config.operatorKey, log }));
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
  await connection.close();
  await temporalConnection.close();
});
