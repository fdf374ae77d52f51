// A worker with the real workflows, whose activities say what a script tells them: so workflow code takes the paths that it
// takes once in many thousand tasks, or when Postgres is away. What it records are real histories.
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { StreamState } from '../../core/state.js';
import { workflowBundle } from '../../runtime/workflow-bundle.js';
import * as messages from '../../workflows/messages.js';
import { testNamespace } from '../support/shared-stack.js';
import { until } from '../support/until.js';
import type { Recorded, Stage } from './scenarios.js';

type Script = Record<string, (...args: never[]) => unknown>;

export interface Scripted {
  start(workflow: string, workflowId: string, input: object): Promise<WorkflowHandle>;
}

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

function newBundle(): Promise<WorkflowBundleWithSourceMap> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  return bundleWorkflowCode({ ...workflowBundle.bundlerOptions, workflowsPath: workflowBundle.workflowsPath, logger });
}

/** Brings the worker up, lets `drive` do what it does with it, and ends it. */
export async function scripted<T>({ own }: Stage, script: Script, drive: (on: Scripted) => Promise<T>): Promise<T> {
  bundle ??= newBundle();
  const taskQueue = `scripted-${randomUUID()}`;
  const connection = await NativeConnection.connect({ address: own.stack.temporal.address });
  try {
    const worker = await Worker.create({
      connection,
      namespace: testNamespace,
      taskQueue,
      workflowBundle: await bundle,
      activities: script,
    });
    const { workflow } = own.client.temporal;
    const start: Scripted['start'] = (type, workflowId, input) =>
      workflow.start(type, { workflowId, taskQueue, args: [input] });
    return await worker.runUntil(drive({ start }));
  } finally {
    await connection.close();
  }
}

/** One run and the run that it goes on in, both of them recorded. */
export async function bothRuns(workflow: string, handle: WorkflowHandle, firstRunId: string): Promise<Recorded[]> {
  const { workflowId } = handle;
  await until(`${workflowId} to go on`, async () => (await handle.describe()).runId !== firstRunId, 60_000);
  await until(`${workflowId} to end`, async () => (await handle.describe()).status.name !== 'RUNNING', 60_000);
  return [
    { name: `${workflow}.continued-as-new`, workflowId, runId: firstRunId },
    { name: `${workflow}.carried-on`, workflowId },
  ];
}

/** The visit that stands for a node now. */
export async function visitOf(handle: WorkflowHandle, node: string): Promise<string> {
  return until(`a visit of ${node}`, async () => (await handle.query<StreamState>(messages.stateQuery)).current[node]);
}

/** Its rework child. */
export const reworkOf = (handle: WorkflowHandle): Promise<string> =>
  until('a rework', async () => Object.keys((await handle.query<StreamState>(messages.stateQuery)).reworks)[0]);
