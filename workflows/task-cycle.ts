// One task going through one pipeline: a workflow that waits, for minutes or months, for people to claim, submit, review and vote.
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  log,
  ParentClosePolicy,
  patched,
  setHandler,
  startChild,
  upsertSearchAttributes,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ChildRecord, TimelineEvent } from '../core/record.js';
import { instanceRow } from '../core/record.js';
import { openNodes } from '../core/advance.js';
import { defined } from '../core/defined.js';
import { openCycle, openRework } from '../core/open.js';
import type { CycleOutcome } from '../core/pipeline.js';
import type { Plan } from '../core/plan-node.js';
import type { PipelineClock } from '../core/clock.js';
import type { Rerun } from '../core/resume.js';
import type { ReworkExit, StreamState, TaskIdentity } from '../core/state.js';
import { isParked } from '../core/pauses.js';
import { parseFired } from '../core/checkpoints.js';
import { parseHold, parseReport } from '../core/rework-messages.js';
import { taskStatus, waitingRoles } from '../core/view.js';
import { attention, isAnswered } from './attention.js';
import { tellCheckpoints, toldCheckpoints } from './checkpoints.js';
import { listenForEdits } from './edits.js';
import { startExecutions } from './executions.js';
import { tellReworks } from './live-settings.js';
import { listen, take } from './listen.js';
import { listenForMigrations } from './migrations.js';
import { checkpointFiredSignal, reworkEndedSignal, reworkHeldSignal } from './messages.js';
import type { rework } from './rework.js';
import { reachRework, reachReworks } from './reworks.js';
import { catchUp, hearClockIn, listenForClock, listenForPauses, tellTurns } from './pauses.js';
import { listenForReplacement, tellReplaced } from './replaced.js';
import { nodesAttribute, statusAttribute, waitingForAttribute } from './search-attributes.js';
import { record } from './record.js';
import type { CarriedStream, Stream } from './stream.js';
import { apply, carriedOf, isOver, mayMoveOn, openStream } from './stream.js';

export interface TaskCycleInput {
  task: TaskIdentity;
  plan: Plan;
  /** How pauses of the pipeline stood when it was started. */
  clock?: PipelineClock;
  /** Of a cycle that is not its task's first. */
  rerun?: Rerun;
  /** Continue as new after so many events; left out, when the server suggests it. */
  continueAfterEvents?: number;
  /** Set by continue-as-new. */
  carried?: CarriedStream;
}

export interface TaskCycleResult {
  outcome: CycleOutcome;
}

export async function taskCycle(input: TaskCycleInput): Promise<TaskCycleResult> {
  // 1. State: whole, plain, and exactly what continue-as-new passes on.
  const stream = openCycleStream(input);
  let shown = attributesOf(stream.state);
  let told = stream.state.clock.own;

  // 2. Messages: rules decide, handlers only carry.
  listen(stream);
  setHandler(reworkHeldSignal, (body) => {
    take(stream, reworkHeldSignal.name, parseHold(body), (hold, at) => ({ type: 'reworkHeld', at, ...hold }));
  });
  setHandler(reworkEndedSignal, (body) => {
    hearClockIn(stream, body);
    take(stream, reworkEndedSignal.name, parseReport(body), (report, at) => ({ type: 'reported', at, ...report }));
  });

  setHandler(checkpointFiredSignal, (body) => {
    hearClockIn(stream, body);
    take(stream, checkpointFiredSignal.name, parseFired(body), (fired, at) => ({
      type: 'checkpointFired',
      at,
      ...fired,
    }));
  });
  listenForEdits(stream);
  listenForMigrations(stream);
  listenForClock(stream);
  listenForPauses(stream);
  listenForReplacement(stream);

  // 3. Main loop: the only place that awaits activities and children.
  await CancellationScope.nonCancellable(async () => {
    while (!isOver(stream)) {
      await attention(stream);
      const children: ChildRecord[] = [];
      const moved = { dropped: 0, started: 0 };
      do {
        if (movesChildren(stream, moved)) children.push(...(await moveChildren(stream, moved)));
        if (stream.state.clock.own !== told) told = await tellTurns(stream, told);
        // What was decided meanwhile may move children too, and is recorded with the rest.
      } while (movesChildren(stream, moved) && patched('children-moved-meanwhile'));
      shown = show(stream.state, shown);
      if (await record(stream, children)) await tellReworks(stream.state);
      if (stream.clockBehind) await catchUp(stream);
      startExecutions(stream);
      tellCheckpoints(stream);
      if (mayMoveOn(stream) && (await isAnswered(stream))) {
        await continueAsNew<typeof taskCycle>({ ...input, carried: carriedOf(stream) });
      }
    }
    await tellReplaced(stream.state);
    await cancelReworks(stream.state);
    await toldCheckpoints(stream);
    await condition(allHandlersFinished);
  });

  // 4. End.
  const { failure, outcome } = stream.state;
  if (failure !== undefined) throw ApplicationFailure.nonRetryable(failure, 'CYCLE_FAILED');
  return { outcome: outcome ?? 'discard' };
}

function openCycleStream({ task, plan, clock, rerun, carried, continueAfterEvents }: TaskCycleInput): Stream {
  if (carried) return openStream(carried, [], continueAfterEvents);
  const { state, events } = openCycle(task, plan, Date.now(), { clock, rerun });
  return openStream({ state, sequence: 0, decidedAt: 0 }, events, continueAfterEvents);
}

/** How far what is unrecorded was looked through for children to cancel and to start. */
interface Moved {
  dropped: number;
  started: number;
}

type Started = Extract<TimelineEvent, { type: 'reworkStarted' }>;
type Dropping = Extract<TimelineEvent, { type: 'restarted' | 'overtaken' }>;

const isStarted = (event: TimelineEvent): event is Started => event.type === 'reworkStarted';
const isDropping = (event: TimelineEvent): event is Dropping =>
  event.type === 'restarted' || event.type === 'overtaken';

const movesChildren = ({ unrecorded }: Stream, { dropped, started }: Moved): boolean =>
  unrecorded.slice(dropped).some(isDropping) || unrecorded.slice(started).some(isStarted);

async function moveChildren(stream: Stream, moved: Moved): Promise<ChildRecord[]> {
  await cancelDropped(stream, moved);
  return startReworks(stream, moved);
}

/** One that was dropped before it was started has nothing to do. */
const isWanted =
  ({ state }: Stream) =>
  ({ child }: Started): boolean =>
    state.reworks[child]?.exit === undefined || !patched('dropped-before-started');

/** Starts the children that were decided, and says what to record for them. One that runs already is the one. */
async function startReworks(stream: Stream, moved: Moved): Promise<ChildRecord[]> {
  const started = stream.unrecorded.slice(moved.started).filter(isStarted).filter(isWanted(stream));
  moved.started = stream.unrecorded.length;
  const children: ChildRecord[] = [];
  for (const event of started) {
    const state = openRework(stream.state, event);
    await startRework(event, state);
    const slots = event.slots?.map((slot) => instanceRow(state, slot));
    const row = instanceRow(state, event.initial);
    children.push({ workflowId: event.child, row, ...defined({ slots, parked: isParked(state) || undefined }) });
  }
  return children;
}

async function startRework(event: Started, state: StreamState): Promise<void> {
  const { target, review } = event.scope;
  try {
    // By its name, as histories hold it: the bundler may give the function another one.
    await startChild<typeof rework>('rework', {
      workflowId: event.child,
      args: [{ carried: { state, sequence: 0, decidedAt: event.at } }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: `rework of ${target}, rejected in ${review}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    log.info('rework child runs already; attached', { child: event.child });
  }
}

const attributesOf = (state: StreamState) => ({
  status: taskStatus(state),
  nodes: openNodes(state).sort(),
  waitingFor: waitingRoles(state),
});

/** Upserts the search attributes that changed: each upsert is an event. */
function show(state: StreamState, shown: ReturnType<typeof attributesOf>): ReturnType<typeof attributesOf> {
  const next = attributesOf(state);
  if (JSON.stringify(next) === JSON.stringify(shown)) return shown;
  upsertSearchAttributes([
    { key: statusAttribute, value: next.status },
    { key: nodesAttribute, value: next.nodes },
    { key: waitingForAttribute, value: next.waitingFor },
  ]);
  return next;
}

/** A cycle that ends takes its rework children with it. */
const cancelReworks = (state: StreamState): Promise<void> => reachReworks(state, (child) => child.cancel());

/** So does one that begins anew, and hears how far they had got; of one that is gone without a word, what is known here. */
async function cancelDropped(stream: Stream, moved: Moved): Promise<void> {
  for (; moved.dropped < stream.unrecorded.length; moved.dropped += 1) {
    const event = stream.unrecorded[moved.dropped];
    if (event && isDropping(event)) for (const child of event.dropped) await drop(stream, child);
  }
}

async function drop(stream: Stream, child: string): Promise<void> {
  const isThere = await reachRework(child, (handle) => handle.cancel());
  if (isThere || Object.hasOwn(stream.state.reports, child)) return;
  const exit: ReworkExit = { how: 'discarded', liveEdges: [], visits: {}, counters: {}, results: {} };
  apply(stream, (_, at) => [{ type: 'reported', at, child, exit }]);
}
