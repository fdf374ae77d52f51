import { Client, Connection } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { provideTemporal } from '../../stack/temporal.js';
import type { TemporalPart } from '../../stack/temporal.js';
import { waitUntil } from '../../stack/wait-until.js';
import { aFolder, removedAfterwards, silent, timeout } from './fixtures/scene.js';

const namespace = 'taskloom-test';

describe('Temporal', { timeout }, () => {
  test('keeps a running workflow when it is stopped, and when it is killed', async () => {
    const dataDir = aFolder();
    const options = { dataDir, namespace, searchAttributes: { StackTest: 'Keyword' }, say: silent };
    const temporal = removedAfterwards(await provideTemporal(options));
    const { address } = temporal;
    await withClient(temporal, async (client) => {
      await client.workflow.start('nobodyRunsThis', { taskQueue: 'none', workflowId: 'kept' });
    });

    await temporal.stop();
    await temporal.restart();
    expect(temporal.address).toBe(address);
    expect(await openWorkflows(temporal)).toEqual(['kept']);

    await temporal.kill('SIGKILL');
    await temporal.restart();
    expect(await openWorkflows(temporal)).toEqual(['kept']);
  });

  test('shows its Web UI', async () => {
    const temporal = removedAfterwards(await provideTemporal({ namespace, say: silent }));

    const page = await fetch(temporal.uiUrl ?? '');

    expect(page.status).toBe(200);
  });

  test('says what to do when TEMPORAL_ADDRESS names a server that is not there', async () => {
    const attempt = provideTemporal({ address: '127.0.0.1:1', namespace, say: silent });

    await expect(attempt).rejects.toThrow(/TEMPORAL_ADDRESS names 127\.0\.0\.1:1.*unset TEMPORAL_ADDRESS/s);
  });

  test('uses a server that is given, and leaves it running', async () => {
    const own = removedAfterwards(await provideTemporal({ namespace, say: silent }));

    const given = await provideTemporal({ address: own.address, namespace, say: silent });
    await given.stop();

    expect(given.pid).toBeUndefined();
    expect(await openWorkflows(own)).toEqual([]);
    await expect(provideTemporal({ address: own.address, namespace: 'unknown', say: silent })).rejects.toThrow(
      'does not serve the namespace "unknown"',
    );
  });
});

async function withClient<T>(temporal: TemporalPart, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

/** Visibility is written a moment after the history. */
async function openWorkflows(temporal: TemporalPart): Promise<string[]> {
  return await withClient(temporal, async (client) => {
    const ids = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
        found.push(workflowId);
      }
      return found;
    };
    const something = async (): Promise<string[] | undefined> => ((await ids()).length > 0 ? await ids() : undefined);
    return await waitUntil(something, { withinMs: 2_000, what: 'for workflows' }).catch(() => []);
  });
}
