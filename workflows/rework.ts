// Rejected work done again: from the reworked node to the review, round after round, until it passes or an admin resolves it.
// Reports one outcome to its cycle, by signal to the cycle's workflow id, so that a reset or continued cycle still hears it.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
} from '@temporalio/workflow';
import { cycleWorkflowId } from '../core/ids.js';
import type { ReworkExit, StreamState } from '../core/state.js';
import { attention, isAnswered } from './attention.js';
import { startExecutions } from './executions.js';
import { listen } from './listen.js';
import { reworkEndedSignal, reworkHeldSignal } from './messages.js';
import { catchUp, listenForClock } from './pauses.js';
import { listenForReplacement } from './replaced.js';
import { record } from './record.js';
import type { CarriedStream } from './stream.js';
import { carriedOf, isOver, mayMoveOn, openStream } from './stream.js';

export interface ReworkInput {
  carried: CarriedStream;
  continueAfterEvents?: number;
}

export async function rework(input: ReworkInput): Promise<{ how: ReworkExit['how'] | 'none' }> {
  // 1. State: whole, plain, and exactly what continue-as-new passes on.
  const stream = openStream(input.carried, [], input.continueAfterEvents);
  let told = heldIn(stream.state);

  // 2. Messages: rules decide, handlers only carry.
  listen(stream);
  listenForClock(stream);
  listenForReplacement(stream);

  // 3. Main loop: the only place that awaits activities and other workflows.
  await CancellationScope.nonCancellable(async () => {
    while (!isOver(stream)) {
      await attention(stream);
      await record(stream);
      if (stream.clockBehind) await catchUp(stream);
      startExecutions(stream);
      told = await tellHold(stream.state, told);
      if (mayMoveOn(stream) && (await isAnswered(stream))) {
        await continueAsNew<typeof rework>({ ...input, carried: carriedOf(stream) });
      }
    }
    await report(stream.state);
    await condition(allHandlersFinished);
  });

  // 4. End.
  return { how: stream.state.exit?.how ?? 'none' };
}

type Held = 'escalated' | 'quarantined' | null;

function heldIn(state: StreamState): Held {
  const statuses = Object.values(state.instances).map(({ status }) => status);
  if (statuses.includes('quarantined')) return 'quarantined';
  return statuses.includes('escalated') ? 'escalated' : null;
}

async function tellHold(state: StreamState, told: Held): Promise<Held> {
  const held = heldIn(state);
  if (held === told || state.status !== 'open') return told;
  await tell(state, () =>
    getExternalWorkflowHandle(cycleWorkflowId(state.task.cycleId)).signal(reworkHeldSignal, {
      child: state.workflowId,
      held,
    }),
  );
  return held;
}

async function report(state: StreamState): Promise<void> {
  const { exit } = state;
  if (!exit) return;
  await tell(state, () =>
    getExternalWorkflowHandle(cycleWorkflowId(state.task.cycleId)).signal(reworkEndedSignal, {
      child: state.workflowId,
      exit,
      clock: state.clock,
    }),
  );
}

/** A cycle that has ended hears nothing, and needs nothing: its end closed this child. */
async function tell(state: StreamState, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    log.warn('the cycle is gone', { cycleId: state.task.cycleId, error: String(error) });
  }
}
