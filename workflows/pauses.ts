// Pauses as streams hear of them: of the pipeline and its nodes by a clock, of the task itself as update and as signal.
import { setHandler } from '@temporalio/workflow';
import { caughtUp } from '../core/clock.js';
import type { Clock } from '../core/clock.js';
import type { Decision } from '../core/decision.js';
import { reject } from '../core/decision.js';
import type { PauseCommand } from '../core/pauses.js';
import { clockEvents, parseClock, parsePause, pauseEvents } from '../core/pauses.js';
import type { StreamState } from '../core/state.js';
import { taskStatus } from '../core/view.js';
import { withId } from './message-body.js';
import type { PauseAnswer } from './messages.js';
import { clockSignal, pauseTaskSignal, pauseTaskUpdate, resumeTaskSignal, resumeTaskUpdate } from './messages.js';
import { clockLocally, clockDurably } from './proxies.js';
import { orThrow } from './rejection-failure.js';
import { reachReworks } from './reworks.js';
import type { Stream } from './stream.js';
import { apply, onceRecorded, refuse } from './stream.js';

/** Takes in how pauses stand; nothing is recorded where it was known. */
export function hearClock(stream: Stream, told: Clock | undefined): void {
  if (told === undefined || caughtUp(stream.state.clock, told) === stream.state.clock) return;
  apply(stream, (state, at) => clockEvents(state, told, at));
}

/** Of a message that leads a stream on by itself: what follows it is not to be started while paused. */
export function hearClockIn(stream: Stream, body: unknown): void {
  const clock = parseClock(body);
  if (clock.ok) hearClock(stream, clock.value);
}

/** Asks Postgres how the pauses of the pipeline stand. */
export async function readClock({ state }: Stream): Promise<Clock | undefined> {
  const asked = { pipelineId: state.task.pipelineId };
  return (await clockLocally(asked).catch(() => clockDurably(asked))) ?? undefined;
}

/** What a record said may be out of date is asked for; rework children may have missed the same. */
export async function catchUp(stream: Stream): Promise<void> {
  stream.clockBehind = false;
  hearClock(stream, await readClock(stream));
  await tellReworks(stream);
}

export function listenForClock(stream: Stream): void {
  setHandler(clockSignal, (body) => {
    const clock = parseClock(body);
    if (clock.ok) hearClock(stream, clock.value);
    else refuse(stream, clockSignal.name, clock.rejection);
  });
}

const turns = {
  paused: { update: pauseTaskUpdate, signal: pauseTaskSignal },
  resumed: { update: resumeTaskUpdate, signal: resumeTaskSignal },
} as const;

function read(stream: Stream, body: unknown): Decision<PauseCommand> {
  const command = parsePause(withId(body));
  return command.ok && stream.state.status !== 'open' ? reject('NODE_CLOSED', 'the cycle has ended') : command;
}

function turn(stream: Stream, type: keyof typeof turns, { id, actor, clock }: PauseCommand): void {
  hearClock(stream, clock);
  apply(stream, (state, at) => pauseEvents(state, type, actor, at), id);
}

const answerOf = (state: StreamState): PauseAnswer => ({ taskId: state.task.taskId, status: taskStatus(state) });

/** Only cycles are asked; they tell their rework children. */
export function listenForPauses(stream: Stream): void {
  for (const type of ['paused', 'resumed'] as const) {
    const { update, signal } = turns[type];
    const validator = (body: unknown): void => {
      orThrow(read(stream, body));
    };
    const onUpdate = (body: unknown): PauseAnswer | Promise<PauseAnswer> => {
      turn(stream, type, orThrow(read(stream, body)));
      return onceRecorded(stream, answerOf(stream.state));
    };
    setHandler(update, onUpdate, { validator });
    setHandler(signal, (body) => {
      const command = read(stream, body);
      if (command.ok) turn(stream, type, command.value);
      else refuse(stream, signal.name, command.rejection);
    });
  }
}

type TaskPauses = Clock['own'];

/** Rework children stand still with their cycle: they are told each time its own pauses differ from what they were told. */
export async function tellTurns(stream: Stream, told: TaskPauses): Promise<TaskPauses> {
  let last = told;
  while (stream.state.clock.own !== last) {
    last = stream.state.clock.own;
    await tellReworks(stream);
  }
  return last;
}

const tellReworks = ({ state }: Stream): Promise<void> =>
  reachReworks(state, (child) => child.signal(clockSignal, { clock: state.clock }));
