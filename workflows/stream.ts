// What a cycle and a rework child have in common: they take commands, record what was decided, and keep one deadline timer.
// Decides nothing by itself: core/ does.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  currentUpdateInfo,
  isCancellation,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { Progress } from '../core/advance.js';
import { progress } from '../core/advance.js';
import { elapse, nextDeadline } from '../core/claims.js';
import { wallTime } from '../core/clock.js';
import type { Command, CommandType } from '../core/commands.js';
import { commandTypes, parseCommand } from '../core/commands.js';
import { check, execute } from '../core/decide.js';
import type { Decision, Rejection } from '../core/decision.js';
import { endingEvents } from '../core/ending.js';
import type { CycleEvent } from '../core/events.js';
import type { ChildRecord, TimelineEvent } from '../core/record.js';
import { recordOf } from '../core/record.js';
import type { CommandAnswer, StreamState } from '../core/state.js';
import { describe, waitingFor } from '../core/view.js';
import {
  commandSignals,
  commandUpdates,
  recordedQuery,
  resyncSignal,
  stateQuery,
  waitingForQuery,
} from './messages.js';
import { recordDurably, recordLocally } from './proxies.js';
import { orThrow } from './rejection-failure.js';

/** All that a stream is between two runs: what continue-as-new passes on. */
export interface CarriedStream {
  state: StreamState;
  /** Of the last record. */
  sequence: number;
  decidedAt: number;
}

export interface Stream {
  readonly state: StreamState;
  /** Folds in events that did not come from a command, with what follows from them. */
  apply(decide: (state: StreamState, at: number) => CycleEvent[]): void;
  /** Takes a message of another workflow; one that can't be read is told on the timeline. */
  take<T>(name: string, message: Decision<T>, event: (value: T, at: number) => CycleEvent): void;
  /** Sets all handlers; before the first await, or early messages are lost. */
  listen(): void;
  /** Waits until there is something to record or the stream is over. */
  attention(): Promise<void>;
  /** Events that were decided and are not recorded yet. */
  unrecorded(): readonly TimelineEvent[];
  record(children?: readonly ChildRecord[]): Promise<void>;
  readonly isOver: boolean;
  /** True when the run should be continued as new, and nothing speaks against it. */
  readonly mayMoveOn: boolean;
  carried(): CarriedStream;
}

export function openStream(
  carried: CarriedStream,
  opening: readonly CycleEvent[],
  continueAfterEvents?: number,
): Stream {
  let { state, sequence, decidedAt } = carried;
  let recordedState: StreamState | undefined = opening.length > 0 ? undefined : state;
  let pending: TimelineEvent[] = [...opening];
  let wantsWhole = false;
  let decisions = 0;
  let recordedDecisions = 0;
  let cancelled = false;
  let armedFor: number | undefined;
  // Time of the last thing heard from outside. The fence relies on it: unlike the clock it stands still while a record is
  // under way, so a stalled worker can never date a record later than the worker that took over.
  let heardAt = Date.now();

  const hear = (): number => (heardAt = Date.now());
  const fold = (step: Progress, commandId?: string): number => {
    state = step.state;
    pending.push(...step.events.map((event) => (commandId === undefined ? event : { ...event, commandId })));
    return step.events.length > 0 ? ++decisions : recordedDecisions;
  };
  const apply: Stream['apply'] = (decide) => {
    const at = Math.max(hear(), state.lastAt);
    fold(progress(state, decide(state, at), at));
  };

  function read(type: CommandType, body: unknown) {
    const id = currentUpdateInfo()?.id;
    const named = typeof body === 'object' && body !== null ? { id: id ?? uuid4(), ...body } : body;
    return parseCommand(type, named);
  }

  async function onUpdate(type: CommandType, body: unknown): Promise<CommandAnswer> {
    const { answer, ...step } = orThrow(execute(state, orThrow(read(type, body)), hear()));
    const mark = fold(step, (body as { id?: string } | null)?.id ?? currentUpdateInfo()?.id);
    await CancellationScope.nonCancellable(() => condition(() => recordedDecisions >= mark));
    return answer;
  }

  function validate(type: CommandType, body: unknown): void {
    orThrow(check(state, orThrow(read(type, body)), Date.now()));
  }

  /** A refused signal is told on the timeline: there is nobody to throw to, and a throw would fail the workflow. */
  function refuse(command: string, rejection: Rejection, asked?: Command): void {
    const at = hear();
    pending.push({
      type: 'rejected',
      at,
      command: command.slice(0, 60),
      code: rejection.code,
      ...(rejection.detail === undefined ? {} : { detail: rejection.detail }),
      ...(asked && Object.hasOwn(state.instances, asked.instance) ? { instance: asked.instance } : {}),
      ...(asked ? { actor: asked.actor } : {}),
    });
  }

  function onSignal(type: CommandType, body: unknown): void {
    const command = read(type, body);
    if (!command.ok) {
      refuse(type, command.rejection);
      return;
    }
    const executed = execute(state, command.value, hear());
    if (executed.ok) fold(executed.value, command.value.id);
    else refuse(type, executed.rejection, command.value);
  }

  function listen(): void {
    for (const type of commandTypes) {
      setHandler(commandUpdates[type], (body) => onUpdate(type, body), {
        validator: (body) => {
          validate(type, body);
        },
      });
      setHandler(commandSignals[type], (body) => {
        onSignal(type, body);
      });
    }
    setDefaultSignalHandler((name) => {
      refuse(name, { code: 'UNKNOWN_MESSAGE' });
    });
    setHandler(resyncSignal, () => {
      wantsWhole = true;
      hear();
    });
    setHandler(stateQuery, () => state);
    setHandler(waitingForQuery, () => waitingFor(state));
    setHandler(recordedQuery, () => ({ sequence, decidedAt }));
    // Cancellation from outside is an admin's discard.
    CancellationScope.current().cancelRequested.catch(() => {
      cancelled = true;
      hear();
    });
  }

  /** One timer at a time: it is never cancelled, and looks anew at what is due when it fires. */
  function arm(): void {
    const due = nextDeadline(state);
    const wall = due === undefined ? undefined : wallTime(state.clock, due);
    if (wall === undefined || state.status !== 'open' || (armedFor !== undefined && armedFor <= wall)) return;
    armedFor = wall;
    const waited = sleep(Math.max(1, wall - Date.now()), { summary: 'next lease or reservation ends' });
    waited.then(onTimer, (error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
    function onTimer(): void {
      if (armedFor === wall) armedFor = undefined;
      apply(elapse);
      arm();
    }
  }

  function discardWhenCancelled(): void {
    if (!cancelled || state.status !== 'open') return;
    const actor = { id: 'temporal', manager: true };
    apply((present, at) => endingEvents(present, { how: 'discarded', at, actor, cause: 'cancelled in Temporal' }));
  }

  async function attention(): Promise<void> {
    discardWhenCancelled();
    arm();
    setCurrentDetails(describe(state));
    const busy = () => pending.length > 0 || wantsWhole || (cancelled && state.status === 'open');
    await condition(() => busy() || isOver() || mayMoveOn());
    discardWhenCancelled();
  }

  async function record(children: readonly ChildRecord[] = []): Promise<void> {
    if (pending.length === 0 && !wantsWhole) return;
    const before = wantsWhole ? undefined : recordedState;
    const [after, events, upTo] = [state, pending, decisions];
    pending = [];
    wantsWhole = false;
    const stamp = { runId: workflowInfo().runId, sequence: ++sequence, decidedAt: (decidedAt = heardAt) };
    const partial = recordOf(before, after, events, children, stamp);
    if ((await write(partial)) === 'needsWhole') await write(recordOf(undefined, after, events, children, stamp));
    recordedState = after;
    recordedDecisions = upTo;
  }

  async function write(body: ReturnType<typeof recordOf>) {
    try {
      return await recordLocally(body);
    } catch {
      return await recordDurably(body);
    }
  }

  const isOver = (): boolean => state.status !== 'open' && pending.length === 0 && !wantsWhole && allHandlersFinished();
  const mayMoveOn = (): boolean => {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    const long = continueAsNewSuggested || historyLength > (continueAfterEvents ?? Number.MAX_SAFE_INTEGER);
    return long && state.status === 'open' && pending.length === 0 && !wantsWhole && allHandlersFinished();
  };

  return {
    get state() {
      return state;
    },
    apply,
    take: (name, message, event) => {
      if (message.ok) apply((_, at) => [event(message.value, at)]);
      else refuse(name, message.rejection);
    },
    listen,
    attention,
    unrecorded: () => pending,
    record,
    get isOver() {
      return isOver();
    },
    get mayMoveOn() {
      return mayMoveOn();
    },
    carried: () => ({ state, sequence, decidedAt }),
  };
}
