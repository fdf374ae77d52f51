// What runtime/workflow-threads.mjs takes off the threads that run workflows, and what it leaves on (ADR 28).
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ProcessPart } from '../../stack/process.js';
import { startProcess } from '../../stack/process.js';
import { workerPreload } from '../../stack/stack.js';
import { openClient } from '../support/open.js';
import { until } from '../support/until.js';

const { temporalAddress, namespace } = inject('stack');
const { temporal } = await openClient();
const taskQueue = `threads-${randomUUID()}`;

let worker: ProcessPart;
const started: WorkflowHandle[] = [];

beforeAll(async () => {
  worker = await startProcess({
    entry: 'test/workflows/fixtures/thread-worker.ts',
    preload: workerPreload,
    name: 'Worker',
    env: { TEMPORAL_ADDRESS: temporalAddress, TEMPORAL_NAMESPACE: namespace, TASKLOOM_TASK_QUEUE: taskQueue },
    logFile: join(tmpdir(), `${taskQueue}.log`),
  });
});

afterAll(async () => {
  for (const handle of started) await handle.terminate().catch(() => undefined);
  await worker.stop();
});

async function start(type: string): Promise<WorkflowHandle> {
  const handle = await temporal.workflow.start(type, { taskQueue, workflowId: `${type}-${randomUUID()}` });
  started.push(handle);
  return handle;
}

/** How its first workflow task failed. */
const failureOf = (handle: WorkflowHandle) =>
  until('its first workflow task to fail', async () => {
    const { events } = await handle.fetchHistory();
    const failed = events?.find(({ workflowTaskFailedEventAttributes: attributes }) => attributes);
    return failed?.workflowTaskFailedEventAttributes?.failure ?? undefined;
  });

describe('a thread that runs workflows', () => {
  it('keeps no stack trace for promises', async () => {
    const handle = await start('waiting');

    expect(await handle.query<string>('__stack_trace')).toBe('');
  });

  it('says where in the code a defect is', async () => {
    const failure = await failureOf(await start('defective'));

    expect(failure.message).toBe('a defect');
    expect(failure.stackTrace).toMatch(/at brokenRule .*thread-workflows\.ts:/);
  });

  it.each(['endless', 'endlessAfterwards'])(
    'is taken from a workflow that is %s, and serves the others',
    async (type) => {
      const endless = await start(type);
      const failure = await failureOf(endless);
      const other = await start('answering');

      expect(failure.message).toContain('timed out');
      expect(await other.result()).toBe('here');
    },
  );
});
