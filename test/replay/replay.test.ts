// The replay gate: every recorded history still replays with the present code, every workflow has one, and the gate can fail.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import * as workflows from '../../workflows/index.js';

const folder = new URL('histories/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const historyOf = (file: string): unknown => historyFromJSON(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
const bundleOf = (path: string): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(path, import.meta.url)),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });

describe('with the present code', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;

  beforeAll(async () => {
    workflowBundle = await bundleOf('../../workflows/index.ts');
  });

  it.each(files)('replays %s', async (file) => {
    await Worker.runReplayHistory({ workflowBundle }, historyOf(file));
  });

  it('has a history of every workflow', () => {
    const recorded = new Set(files.map((file) => file.split('.')[0]));

    expect(Object.keys(workflows).filter((name) => !recorded.has(name))).toEqual([]);
  });
});

describe('with a changed workflow', () => {
  it('fails', async () => {
    const workflowBundle = await bundleOf('changed-workflows.ts');

    const replay = Worker.runReplayHistory(
      { workflowBundle },
      historyOf(files.find((file) => file.startsWith('taskCycle.completed')) ?? ''),
    );

    await expect(replay).rejects.toThrow(DeterminismViolationError);
  });
});
