// One-shot entry, before workers and APIs start: the tables in Postgres, the namespace and its search attributes in Temporal.
// Ends with 0 when all of it is there; running it again changes nothing.
import { connectTemporal } from '../client.js';
import { loadConfig, requireDatabaseUrl } from '../config.js';
import { migrateDatabase } from '../db/migrate.js';
import { makeNamespace } from './make-namespace.js';
import { prepareNamespace } from './prepare-namespace.js';

const config = loadConfig();
await migrateDatabase(requireDatabaseUrl(config));
const connection = await connectTemporal(config.temporal);
try {
  await makeNamespace(connection, config.temporal.namespace);
  await prepareNamespace(connection, config.temporal.namespace);
} finally {
  await connection.close();
}
