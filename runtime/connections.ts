// What a worker and an API both connect to: Postgres, with its schema brought up to date, and Temporal.
import type { Connection as TemporalConnection } from '@temporalio/client';
import type { Logger } from 'pino';
import type { TaskloomClient } from '../client.js';
import { connectTemporal, createClient } from '../client.js';
import type { Config } from '../config.js';
import { requireDatabaseUrl } from '../config.js';
import type { Connection } from '../db/connection.js';
import { connect } from '../db/connection.js';
import { migrateDatabase } from '../db/migrate.js';

const databaseConnections = 24;

export interface Connections {
  database: Connection;
  temporal: TemporalConnection;
  client: TaskloomClient;
  close(): Promise<void>;
}

export async function openConnections(config: Config, log: Logger): Promise<Connections> {
  const databaseUrl = requireDatabaseUrl(config);
  await migrateDatabase(databaseUrl);
  const database = connect(databaseUrl, {
    max: databaseConnections,
    onError: (error) => {
      log.warn({ err: error }, 'a database connection was lost');
    },
  });
  const temporal = await connectTemporal(config.temporal);
  const client = createClient(temporal, { ...config.temporal, ...config });
  return {
    database,
    temporal,
    client,
    close: async () => {
      await database.close();
      await temporal.close();
    },
  };
}
