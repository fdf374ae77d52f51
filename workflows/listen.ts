// The messages of a stream. Each command is an update and a signal that share one reading; handlers carry, rules decide.
import { CancellationScope, currentUpdateInfo, setDefaultSignalHandler, setHandler, uuid4 } from '@temporalio/workflow';
import type { Command, CommandType } from '../core/commands.js';
import { commandTypes, parseCommand } from '../core/commands.js';
import { check, execute } from '../core/decide.js';
import type { Decision } from '../core/decision.js';
import type { CycleEvent } from '../core/events.js';
import type { CommandAnswer } from '../core/state.js';
import { waitingFor } from '../core/view.js';
import {
  commandSignals,
  commandUpdates,
  recordedQuery,
  resyncSignal,
  stateQuery,
  waitingForQuery,
} from './messages.js';
import { orThrow } from './rejection-failure.js';
import type { Stream } from './stream.js';
import { apply, fold, hear, onceRecorded, refuse } from './stream.js';

/** A command that names no id has that of its update, or one of its own. */
function read(type: CommandType, body: unknown): Decision<Command> {
  const isObject = typeof body === 'object' && body !== null;
  return parseCommand(type, isObject ? { id: currentUpdateInfo()?.id ?? uuid4(), ...body } : body);
}

/** The answer is computed from the decision, and told once it is recorded. */
function onUpdate(stream: Stream, type: CommandType, body: unknown): CommandAnswer | Promise<CommandAnswer> {
  const command = orThrow(read(type, body));
  const { answer, ...step } = orThrow(execute(stream.state, command, hear(stream)));
  fold(stream, step, command.id);
  return onceRecorded(stream, answer);
}

/** Never throws: there is nobody to throw to, and a throw would fail the workflow. */
function onSignal(stream: Stream, type: CommandType, body: unknown): void {
  const command = read(type, body);
  if (!command.ok) {
    refuse(stream, type, command.rejection);
    return;
  }
  const executed = execute(stream.state, command.value, hear(stream));
  if (executed.ok) fold(stream, executed.value, command.value.id);
  else refuse(stream, type, executed.rejection, command.value);
}

/** Takes a message of another workflow; one that can't be read is told on the timeline. */
export function take<T>(
  stream: Stream,
  name: string,
  message: Decision<T>,
  event: (value: T, at: number) => CycleEvent,
): void {
  if (message.ok) apply(stream, (_, at) => [event(message.value, at)]);
  else refuse(stream, name, message.rejection);
}

function listenFor(stream: Stream, type: CommandType): void {
  const validator = (body: unknown): void => {
    orThrow(check(stream.state, orThrow(read(type, body)), Date.now()));
  };
  setHandler(commandUpdates[type], (body) => onUpdate(stream, type, body), { validator });
  setHandler(commandSignals[type], (body) => {
    onSignal(stream, type, body);
  });
}

/** Sets all handlers; before the first await, or early messages are lost. */
export function listen(stream: Stream): void {
  for (const type of commandTypes) listenFor(stream, type);
  setDefaultSignalHandler((name) => {
    refuse(stream, name, { code: 'UNKNOWN_MESSAGE' });
  });
  setHandler(resyncSignal, () => {
    stream.wantsWhole = true;
    hear(stream);
  });
  setHandler(stateQuery, () => stream.state);
  setHandler(waitingForQuery, () => waitingFor(stream.state));
  setHandler(recordedQuery, () => ({ sequence: stream.sequence, decidedAt: stream.decidedAt }));
  CancellationScope.current().cancelRequested.catch(() => {
    stream.isCancelled = true;
    hear(stream);
  });
}
