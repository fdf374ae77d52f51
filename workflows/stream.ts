// What a cycle and a rework child have in common: a state that events are folded into, and what of it is not recorded yet.
// Decides nothing by itself: core/ does.
import { workflowInfo } from '@temporalio/workflow';
import { firstStandings, standings } from '../core/checkpoints.js';
import type { Progress } from '../core/advance.js';
import { progress } from '../core/advance.js';
import type { Rejection } from '../core/decision.js';
import { defined } from '../core/defined.js';
import type { CycleEvent } from '../core/events.js';
import type { TimelineEvent } from '../core/record.js';
import type { Actor, StreamState } from '../core/state.js';

/** All that a stream is between two runs: what continue-as-new passes on. */
export interface CarriedStream {
  state: StreamState;
  /** Of the last record. */
  sequence: number;
  decidedAt: number;
}

export interface Stream extends CarriedStream {
  /** The state that Postgres has; undefined before the first record. */
  recordedState: StreamState | undefined;
  /** Events that were decided and are not recorded yet. */
  unrecorded: TimelineEvent[];
  isRecording: boolean;
  /** The next record brings the whole state. */
  wantsWhole: boolean;
  /** A pause that it stopped for may be over: it has to ask. */
  clockBehind: boolean;
  /** Executions whose activity is under way in this run. */
  running: Set<string>;
  /** Where its batch knows it to stand towards checkpoints, and whether it is being told at this moment. */
  told: string;
  isTelling: boolean;
  /** Updates whose answer waits until what is unrecorded now is recorded. */
  waiting: (() => void)[];
  /** Set while the main loop waits for something to do. */
  wake: (() => void) | undefined;
  /** Cancelled from outside, which is an admin's discard. */
  isCancelled: boolean;
  /** Wall time for which the one deadline timer is set. */
  armedFor: number | undefined;
  /**
   * Time of the last thing heard from outside. The fence relies on it: unlike the clock it stands still while a record is under
   * way, so a stalled worker can never date a record later than the worker that took over.
   */
  heardAt: number;
  continueAfterEvents: number | undefined;
}

export function openStream(
  carried: CarriedStream,
  opening: readonly CycleEvent[],
  continueAfterEvents: number | undefined,
): Stream {
  return {
    ...carried,
    recordedState: opening.length > 0 ? undefined : carried.state,
    unrecorded: [...opening],
    isRecording: false,
    wantsWhole: false,
    clockBehind: false,
    running: new Set(),
    told: JSON.stringify(opening.length > 0 ? firstStandings(carried.state.plan) : standings(carried.state)),
    isTelling: false,
    waiting: [],
    wake: undefined,
    isCancelled: false,
    armedFor: undefined,
    heardAt: Date.now(),
    continueAfterEvents,
  };
}

export const carriedOf = ({ state, sequence, decidedAt }: Stream): CarriedStream => ({ state, sequence, decidedAt });

/** Notes that something was heard, and wakes the main loop. */
export function hear(stream: Stream): number {
  stream.heardAt = Date.now();
  stream.wake?.();
  stream.wake = undefined;
  return stream.heardAt;
}

/** Takes a decision in. */
export function fold(stream: Stream, step: Progress, commandId?: string): void {
  stream.state = step.state;
  stream.unrecorded.push(...step.events.map((event) => ({ ...event, ...defined({ commandId }) })));
}

/**
 * An answer that is told once everything decided so far is recorded. A bare promise, not a condition in a scope, which makes
 * a dozen of them: this is made for every command (measured: ADR 14).
 */
export function onceRecorded<T>(stream: Stream, answer: T): T | Promise<T> {
  if (stream.unrecorded.length === 0 && !stream.isRecording) return answer;
  return new Promise((resolve) => {
    stream.waiting.push(() => {
      resolve(answer);
    });
  });
}

/** Folds in events that are no command's to a node instance, with what follows from them. */
export function apply(
  stream: Stream,
  decide: (state: StreamState, at: number) => CycleEvent[],
  commandId?: string,
): void {
  const at = Math.max(hear(stream), stream.state.lastAt);
  fold(stream, progress(stream.state, decide(stream.state, at), at), commandId);
}

/** A message that is refused and has nobody to answer to is told on the timeline. */
export function refuse(
  stream: Stream,
  message: string,
  rejection: Rejection,
  asked?: { instance: string; actor: Actor },
): void {
  const at = hear(stream);
  const known = asked && Object.hasOwn(stream.state.instances, asked.instance) ? asked.instance : undefined;
  stream.unrecorded.push({
    type: 'rejected',
    at,
    command: message.slice(0, 60),
    code: rejection.code,
    ...defined({ detail: rejection.detail, instance: known, actor: asked?.actor }),
  });
}

/** There is something to record, or to end. */
export const isBusy = ({ unrecorded, wantsWhole, isCancelled, state }: Stream): boolean =>
  unrecorded.length > 0 || wantsWhole || (isCancelled && state.status === 'open');

/** Nothing is left to decide or to record. */
export const isOver = (stream: Stream): boolean => stream.state.status !== 'open' && !isBusy(stream);

/** True when the run should be continued as new, and nothing speaks against it. */
export function mayMoveOn(stream: Stream): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  const isLong = continueAsNewSuggested || historyLength > (stream.continueAfterEvents ?? Number.MAX_SAFE_INTEGER);
  return isLong && stream.state.status === 'open' && !isBusy(stream) && stream.running.size === 0 && !stream.isTelling;
}
