// Registers the namespace on a Temporal server of one's own. Temporal Cloud's are made in its console: there it exists.
import { setTimeout } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

/** How long a history is kept after its end; the timeline and the audit are in Postgres, and stay. */
const retention = '7 days';
/** gRPC's numbers. */
const notFound = 5;
const alreadyExists = 6;
/** The server's own caches hear of a new namespace only after a while. */
const visibleWithinMs = 60_000;
const lookEveryMs = 500;

const hasCode = (error: unknown, code: number): boolean => isGrpcServiceError(error) && (error.code as number) === code;

export async function makeNamespace(connection: Connection, namespace: string): Promise<void> {
  if (await isUsable(connection, namespace)) return;
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(retention),
    });
  } catch (error) {
    if (!hasCode(error, alreadyExists)) throw error;
  }
  const deadline = Date.now() + visibleWithinMs;
  while (!(await isUsable(connection, namespace))) {
    if (Date.now() > deadline) throw new Error(`the namespace "${namespace}" was registered but does not show`);
    await setTimeout(lookEveryMs);
  }
}

async function isUsable(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.operatorService.listSearchAttributes({ namespace });
    return true;
  } catch (error) {
    if (hasCode(error, notFound)) return false;
    throw error;
  }
}
