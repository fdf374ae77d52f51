// Whether a Temporal server really serves a namespace, which is later than when its port opens.
import { Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

const notFound = 5;

/** Connection options of the standard client environment: certificates, API key, metadata. */
export function clientEnvironment(address: string): ConnectionOptions {
  return { ...loadClientConnectConfig().connectionOptions, address };
}

/** Throws what is still missing. */
export async function assertServes(
  options: ConnectionOptions,
  namespace: string,
  searchAttributes: string[] = [],
): Promise<void> {
  const connection = await Connection.connect({ ...options, connectTimeout: '2s' });
  try {
    await connection.withDeadline(Date.now() + 5_000, async () => {
      const { workflowService } = connection;
      await workflowService.describeNamespace({ namespace });
      await describeNoWorkflow(connection, namespace);
      for (const name of searchAttributes) {
        await workflowService.listWorkflowExecutions({ namespace, pageSize: 1, query: `${name} IS NOT NULL` });
      }
    });
  } finally {
    await connection.close();
  }
}

export async function clusterId(options: ConnectionOptions): Promise<string> {
  const connection = await Connection.connect({ ...options, connectTimeout: '5s' });
  try {
    return (await connection.workflowService.getClusterInfo({})).clusterId;
  } finally {
    await connection.close();
  }
}

/** "Not found" comes from the history service, the last to get ready: anything else means that it is not there yet. */
async function describeNoWorkflow(connection: Connection, namespace: string): Promise<void> {
  const execution = { workflowId: 'taskloom-is-it-ready' };
  try {
    await connection.workflowService.describeWorkflowExecution({ namespace, execution });
  } catch (error) {
    if ((error as { code?: number }).code !== notFound) throw error;
  }
}
