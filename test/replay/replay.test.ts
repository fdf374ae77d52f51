// The replay gate: every recorded history still replays with the present code, every workflow has one, and the gate can fail.
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowBundle } from '../../runtime/workflow-bundle.js';
import * as workflows from '../../workflows/index.js';
import { held, historyFiles, readHistory, takeable, workflowOf } from './coverage.js';

const files = historyFiles;
const historyOf = (file: string): unknown => historyFromJSON(readHistory(file));
const bundleOf = (workflowsPath: string): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    ...workflowBundle.bundlerOptions,
    workflowsPath,
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });

describe('with the present code', () => {
  let present: WorkflowBundleWithSourceMap;

  beforeAll(async () => {
    present = await bundleOf(workflowBundle.workflowsPath);
  });

  it.each(files)('replays %s', async (file) => {
    await Worker.runReplayHistory({ workflowBundle: present }, historyOf(file));
  });

  it('is compiled for the Node that runs it, without helpers for what the language has (ADR 14)', () => {
    expect(present.code).not.toContain('function _object_spread(');
  });

  it('is one function that all workflows of a thread share (ADR 14)', () => {
    expect(present.code).toMatch(
      /exports\.preloadModules = function preloadModules\(\) \{\s*__webpack_require__\(.*workflows\/index\.ts"\)/,
    );
    expect(present.code).not.toContain('"./core/decide.ts":');
  });

  it('has a history of every workflow', () => {
    const recorded = new Set(files.map(workflowOf));

    expect(Object.keys(workflows).filter((name) => !recorded.has(name))).toEqual([]);
  });

  it('has a history with every message, every activity and every continue-as-new', () => {
    const all = takeable();

    expect(all.filter((name) => !held.has(name))).toEqual([]);
    // Else the sources are written in a way in which they are not found.
    expect(all).toEqual(
      expect.arrayContaining([
        'update claim',
        'signal claim',
        'activity execute',
        'local activity record',
        'new run taskCycle',
      ]),
    );
  });
});

describe('with a changed workflow', () => {
  it('fails', async () => {
    const changed = await bundleOf(fileURLToPath(new URL('changed-workflows.ts', import.meta.url)));

    const replay = Worker.runReplayHistory(
      { workflowBundle: changed },
      historyOf(files.find((file) => file.startsWith('taskCycle.completed')) ?? ''),
    );

    await expect(replay).rejects.toThrow(DeterminismViolationError);
  });
});
