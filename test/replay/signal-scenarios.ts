// Scenarios of raw clients: every message that exists as a signal is sent as one, and the updates that the API sends seldom.
import type { WorkflowHandle } from '@temporalio/client';
import type { StreamState } from '../../core/state.js';
import { stateQuery } from '../../workflows/messages.js';
import { ann, aPipeline, aPlan, aSubmission, bob, boss, end, labeling, review, rita } from '../support/builders.js';
import { until } from '../support/until.js';
import type { Scenario } from './scenarios.js';
import { ended } from './scenarios.js';
import { reworkOf, scripted, visitOf } from './scripted.js';
import { inputOf, newTask } from './scripted-scenarios.js';

const reviewedSecond = () =>
  aPipeline(
    [labeling('cat'), labeling('dog'), review('qa', 'dog'), end()],
    ['start → cat', 'cat → dog', 'dog → qa', 'qa → end'],
  );

type Say = (name: string, node: string, actor: object, more?: object) => Promise<void>;

const saying =
  (handle: WorkflowHandle): Say =>
  async (name, node, actor, more = {}) => {
    await handle.signal(name, { instance: await visitOf(handle, node), actor, ...more });
  };

const submission = aSubmission();

async function work(handle: WorkflowHandle): Promise<void> {
  const say = saying(handle);
  await say('claim', 'annotate', ann);
  const instance = await visitOf(handle, 'annotate');
  await handle.executeUpdate('heartbeat', { args: [{ instance, actor: ann }] });
  await say('heartbeat', 'annotate', ann);
  await say('release', 'annotate', ann);
  await say('claim', 'annotate', ann);
  await say('escalate', 'annotate', ann, { reason: 'unclear' });
  await say('deescalate', 'annotate', boss);
  await say('skip', 'annotate', ann, { reason: 'not mine' });
  await say('claim', 'annotate', bob);
  await say('escalate', 'annotate', bob, { reason: 'unclear' });
  await say('resolve', 'annotate', boss, { how: 'return' });
  await say('claim', 'annotate', bob);
  await say('vote', 'annotate', bob, { ballot: { label: 'cat' } });
  await say('submit', 'annotate', bob, { submission });
  await say('recall', 'annotate', bob);
  await say('submit', 'annotate', bob, { submission });
  await say('revise', 'annotate', boss, { submission: aSubmission('revision-1') });
  await say('reopen', 'annotate', boss, { submission: aSubmission('revision-2') });
}

/** Rework that was asked for, and overtaken by a reopen before it, while a record was under way: its child never starts. */
const droppedUnstarted: Scenario = (stage) => {
  let written: Promise<void> | undefined;
  const record = async (): Promise<string> => {
    await written;
    return 'recorded';
  };
  return scripted(stage, { record }, async ({ start }) => {
    const task = newTask();
    const handle = await start('taskCycle', `cycle:${task.cycleId}`, { task, plan: aPlan(reviewedSecond()) });
    const does = async (name: string, node: string, actor: object): Promise<void> => {
      await handle.executeUpdate(name, { args: [{ instance: await visitOf(handle, node), actor }] });
    };
    const labels = async (node: string, actor: object): Promise<void> => {
      await does('claim', node, actor);
      await does('submit', node, actor);
    };
    await labels('cat', ann);
    await labels('dog', bob);
    await does('claim', 'qa', rita);
    let write = (): void => undefined;
    written = new Promise((resolve) => (write = resolve));
    await handle.signal('editTask', { actor: boss, edit: { priority: 0.9 } });
    await saying(handle)('reject', 'qa', rita);
    const child = await reworkOf(handle);
    await saying(handle)('reopen', 'cat', boss, { submission });
    await until('the reopen', async () => (await visitOf(handle, 'cat')).endsWith('.2'));
    write();
    await until('the drop', async () => (await handle.query<StreamState>(stateQuery)).reworks[child]?.exit);
    await labels('dog', bob);
    await does('claim', 'qa', rita);
    await does('approve', 'qa', rita);
    await ended(stage, handle.workflowId);
    if ((await stage.own.client.standing(child)).kind !== 'gone') throw new Error('the child was started');
    return [{ name: 'taskCycle.rework-dropped-unstarted', workflowId: handle.workflowId }];
  });
};

/** The task itself, and its rework. */
const signalled: Scenario = (stage) =>
  scripted(stage, { record: () => 'recorded' }, async ({ start }) => {
    const input = inputOf();
    const { taskId, cycleId } = input.task;
    const handle = await start('taskCycle', `cycle:${cycleId}`, input);
    await work(handle);
    const say = saying(handle);
    await handle.signal('editTask', { actor: boss, edit: { priority: 0.9 } });
    await handle.signal('pauseTask', { actor: boss });
    await handle.signal('resumeTask', { actor: boss });
    await handle.signal('clock', { clock: { pausedTotalMs: 5, turns: 2 } });
    await say('claim', 'qa', rita);
    await say('reject', 'qa', rita);
    const child = stage.own.client.temporal.workflow.getHandle(await reworkOf(handle));
    await handle.signal('resync');
    const again = saying(child);
    await again('claim', 'annotate', boss);
    await again('submit', 'annotate', boss, { submission });
    await again('claim', 'qa', rita);
    await again('approve', 'qa', rita);
    await ended(stage, handle.workflowId);
    return [
      { name: 'taskCycle.signalled', workflowId: `cycle:${taskId}.1` },
      { name: 'rework.signalled', workflowId: child.workflowId },
    ];
  });

export const signalScenarios: Record<string, Scenario> = { signalled, droppedUnstarted };
