// What routes are given: built once by server.ts, or by a test.
import type { Logger } from 'pino';
import type { TaskloomClient } from '../client.js';
import type { Connection } from '../db/connection.js';

export interface Services extends Pick<Connection, 'pool' | 'db'> {
  client: TaskloomClient;
  operatorKey: string | undefined;
  log: Logger;
}
