// Scenarios of what takes very many tasks, or lost parts: runs that continue as new, records that fail, children that are there already.
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { StreamState } from '../../core/state.js';
import { stateQuery, wakeSignal } from '../../workflows/messages.js';
import { ann, aPlan, aTask, boss, labeledAndReviewed, rita } from '../support/builders.js';
import { until } from '../support/until.js';
import type { Recorded, Scenario, Stage } from './scenarios.js';
import { ended } from './scenarios.js';
import { bothRuns, scripted, visitOf } from './scripted.js';

const recorded = { record: () => 'recorded' };
export const newTask = () => aTask(`tsk_${randomUUID().slice(0, 8)}`);
export const inputOf = (task = newTask()) => ({ task, plan: aPlan(labeledAndReviewed()) });

/** One more page than a run takes. */
function pages(perRun: number): () => string | null {
  let page = 0;
  return () => {
    page += 1;
    return page <= perRun + 1 ? `page ${String(page)}` : null;
  };
}

/** So many rounds, then what is said in the end. */
function rounds(perRun: number, last: string[]): () => string {
  let round = 0;
  return () => {
    round += 1;
    return round <= perRun ? 'again' : (last[round - perRun - 1] ?? 'over');
  };
}

const goesOn =
  (
    workflow: string,
    input: object,
    script: Parameters<typeof scripted>[1],
    drive?: (it: WorkflowHandle) => Promise<void>,
  ): Scenario =>
  (stage) =>
    scripted(stage, script, async ({ start }) => {
      const handle = await start(workflow, `${workflow}:${randomUUID()}`, input);
      const { runId } = await handle.describe();
      await drive?.(handle);
      return bothRuns(workflow, handle, runId);
    });

function parked(): Parameters<typeof scripted>[1] {
  let woken = 0;
  return {
    countParked: () => 51 * 200 + 1,
    wakeParked: () => {
      woken += 200;
      return { after: woken > 51 * 200 ? null : `stream ${String(woken)}`, woken };
    },
  };
}

const importsGoOn = goesOn('importTasks', { batchId: 'bat_1' }, { startCycles: pages(50) });
const migrationGoesOn = goesOn('migrateCycles', { migrationId: 'mig_1' }, { migratePage: pages(50) });
const resumeGoesOn = goesOn('resumePipeline', { pipelineId: 'pip_1' }, parked());
const checkpointGoesOn = goesOn(
  'checkpoint',
  { checkpointId: 'chk_1' },
  { openContext: () => undefined, releasePage: pages(100) },
);
const reconcileGoesOn = goesOn(
  'reconcile',
  { sinceMs: 0 },
  { startForgotten: () => undefined, reconcileStreams: pages(100) },
);
/** In the second run it is paused, and woken. */
const seederGoesOn = goesOn(
  'seeder',
  { seederId: 'sdr_1' },
  { seed: rounds(200, ['waits', 'over']) },
  async (handle) => {
    const { runId } = await handle.describe();
    await until('its second run', async () => (await handle.describe()).runId !== runId, 60_000);
    // It may still be about to look, and takes in no more then.
    await until('its end', async () => {
      if ((await handle.describe()).status.name !== 'RUNNING') return true;
      await handle.signal(wakeSignal).catch(() => undefined);
      return false;
    });
  },
);
const dispatcherGoesOn = goesOn(
  'dispatchEvents',
  { pipelineId: 'pip_1' },
  { dispatch: rounds(200, ['again', 'unheard']) },
);

const oneStream: Scenario = (stage) =>
  scripted(stage, { reconcileStream: () => undefined }, async ({ start }) => {
    const { workflowId } = await start('reconcile', `reconcile:${randomUUID()}`, { sinceMs: 0, streamId: 'cycle:x' });
    await ended(stage, workflowId);
    return [{ name: 'reconcile.one-stream', workflowId }];
  });

/** Its first try fails. */
const firedAgain: Scenario = (stage) => {
  let tries = 0;
  const fireAtTime = (): void => {
    tries += 1;
    if (tries === 1) throw new Error('Postgres is away');
  };
  return scripted(stage, { fireAtTime }, async ({ start }) => {
    const { workflowId } = await start('fireTrigger', `fire:${randomUUID()}`, { triggerId: 'trg_1' });
    await ended(stage, workflowId);
    return [{ name: 'fireTrigger.tried-again', workflowId }];
  });
};

const rerunTo =
  (name: string, input: object, answers: object[]): Scenario =>
  (stage) =>
    scripted(stage, { openNextCycle: () => answers.shift(), endCycle: () => undefined }, async ({ start }) => {
      const asked = { taskId: 'tsk_1', commandId: 'c', actor: boss, ...input };
      const { workflowId } = await start('rerun', `rerun:${randomUUID()}`, asked);
      await ended(stage, workflowId);
      return [{ name: `rerun.${name}`, workflowId }];
    });

const open = { kind: 'open', cycleId: 'tsk_1.1' };
const started = { kind: 'started', taskId: 'tsk_1', cycleId: 'tsk_1.2' };
const reruns = [
  rerunTo('restarted', { mode: 'restart' }, [started]),
  rerunTo('resumed', { mode: 'resume', node: 'annotate', reopens: true }, [started]),
  rerunTo('left-open', { mode: 'resume' }, [open]),
  rerunTo('replaced-slowly', { mode: 'restart', replace: true }, [open, open, started]),
  rerunTo('refused', { mode: 'resume' }, [{ kind: 'refused', rejection: { code: 'TASK_VOTED' } }]),
];

const claims = (handle: WorkflowHandle, instance: string, actor: object = ann): Promise<unknown> =>
  handle.executeUpdate('claim', { args: [{ instance, actor }] });

/** Postgres is away: local activities fail, the others wait for it. Then the record tells of everything that it can tell of. */
const recordsFail: Scenario = (stage) => {
  const told = ['newSettings', 'newSettings', 'needsWhole', 'newSettings', 'clockBehind', 'recorded'];
  const isLocal = (): boolean => Context.current().info.isLocal;
  let isAway = true;
  let settings: object[] = [];
  const script = {
    record: () => {
      if (isAway && isLocal()) throw new Error('Postgres is away');
      return isAway ? 'recorded' : (told.shift() ?? 'recorded');
    },
    liveSettings: () => {
      const next = settings.shift();
      if (!next) throw new Error('Postgres is away');
      return next;
    },
    pipelineClock: () => {
      if (isLocal()) throw new Error('Postgres is away');
      return { pausedTotalMs: 0, turns: 2 };
    },
  };
  return scripted(stage, script, async ({ start }) => {
    const input = inputOf();
    const handle = await start('taskCycle', `cycle:${input.task.cycleId}`, input);
    const work = await visitOf(handle, 'annotate');
    await claims(handle, work);
    isAway = false;
    const turns = async (): Promise<void> => {
      await handle.executeUpdate('release', { args: [{ instance: work, actor: ann }] });
      await claims(handle, work);
    };
    await turns();
    settings = [{ number: 1, nodes: {} }];
    await turns();
    await turns();
    await handle.executeUpdate('submit', { args: [{ instance: work, actor: ann }] });
    const review = await visitOf(handle, 'qa');
    await claims(handle, review, rita);
    await handle.executeUpdate('approve', { args: [{ instance: review, actor: rita }] });
    await ended(stage, handle.workflowId);
    return [{ name: 'taskCycle.records-fail-settings-unread', workflowId: handle.workflowId }];
  });
};

async function rejected(stage: Stage, handle: WorkflowHandle): Promise<string> {
  const work = await visitOf(handle, 'annotate');
  await claims(handle, work);
  await handle.executeUpdate('submit', { args: [{ instance: work, actor: ann }] });
  const review = await visitOf(handle, 'qa');
  await claims(handle, review, rita);
  await handle.executeUpdate('reject', { args: [{ instance: review, actor: rita }] });
  const child = `rework:${handle.workflowId.slice('cycle:'.length)}:annotate:2`;
  await until('the child', async () => (await stage.own.client.stateOf(child)).kind === 'answered');
  return child;
}

/** Its rework is there already: a reset comes here. Once it goes on as new. */
const attached: Scenario = (stage) =>
  scripted(stage, recorded, async ({ start }) => {
    const first = inputOf();
    const donor = await start('taskCycle', `cycle:${first.task.cycleId}`, first);
    const state = await stage.own.client.state(await rejected(stage, donor));
    const second = inputOf();
    const { cycleId } = second.task;
    const workflowId = `rework:${cycleId}:annotate:2`;
    const own = JSON.parse(JSON.stringify(state).replaceAll(first.task.taskId, second.task.taskId)) as StreamState;
    const carried = { state: own, sequence: 0, decidedAt: 0 };
    const child = await start('rework', workflowId, { carried, continueAfterEvents: 30 });
    const { runId } = await child.describe();
    const cycle = await start('taskCycle', `cycle:${cycleId}`, second);
    await rejected(stage, cycle);
    const work = `${cycleId}.annotate.2`;
    while ((await child.describe()).runId === runId) {
      await claims(child, work);
      await child.executeUpdate('release', { args: [{ instance: work, actor: ann }] });
    }
    await claims(child, work);
    await child.executeUpdate('submit', { args: [{ instance: work, actor: ann }] });
    await child.executeUpdate('recall', { args: [{ instance: work, actor: ann }] });
    await child.executeUpdate('submit', { args: [{ instance: `${cycleId}.annotate.3`, actor: ann }] });
    const review = await visitOf(child, 'qa');
    await claims(child, review, rita);
    await child.executeUpdate('approve', { args: [{ instance: review, actor: rita }] });
    await ended(stage, cycle.workflowId);
    const runs: Recorded[] = [
      { name: 'taskCycle.attached', workflowId: cycle.workflowId },
      { name: 'rework.continued-as-new', workflowId, runId },
      { name: 'rework.carried-on-recalled', workflowId },
    ];
    await donor.cancel();
    return runs;
  });

/** A rerun without anything carried over, and one that nobody waits for. */
const restartedCycle: Scenario = (stage) =>
  scripted(stage, recorded, async ({ start }) => {
    const input = { ...inputOf(), rerun: { mode: 'restart', actor: boss } };
    const handle = await start('taskCycle', `cycle:${input.task.cycleId}`, input);
    await handle.query<StreamState>(stateQuery);
    await handle.cancel();
    await ended(stage, handle.workflowId);
    return [{ name: 'taskCycle.restarted-cancelled', workflowId: handle.workflowId }];
  });

export const scriptedScenarios: Record<string, Scenario> = {
  importsGoOn,
  migrationGoesOn,
  resumeGoesOn,
  checkpointGoesOn,
  reconcileGoesOn,
  seederGoesOn,
  dispatcherGoesOn,
  oneStream,
  firedAgain,
  recordsFail,
  attached,
  restartedCycle,
  ...Object.fromEntries(reruns.map((scenario, index) => [`rerun${String(index)}`, scenario])),
};
