// The messages of a stream. Each command is an update and a signal that share one reading; handlers carry, rules decide.
import { CancellationScope, patched, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { comesLate } from '../core/claims.js';
import type { Command, CommandType } from '../core/commands.js';
import { commandTypes, parseCommand } from '../core/commands.js';
import type { Executed } from '../core/decide.js';
import { execute } from '../core/decide.js';
import type { Decision } from '../core/decision.js';
import { accept, reject } from '../core/decision.js';
import type { CycleEvent } from '../core/events.js';
import type { CommandAnswer, StreamState } from '../core/state.js';
import { waitingFor } from '../core/view.js';
import { withId } from './message-body.js';
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

const read = (type: CommandType, body: unknown): Decision<Command> => parseCommand(type, withId(body));

/** What a command leads to from a state; throws the refusal. */
interface Outcome {
  body: unknown;
  from: StreamState;
  command: Command;
  executed: Executed;
}

function outcomeOf(stream: Stream, type: CommandType, body: unknown): Outcome {
  const command = orThrow(read(type, body));
  const executed = orThrow(execute(stream.state, command, Date.now()));
  return { body, from: stream.state, command, executed };
}

/** Before verdicts could come late, they were refused like anybody else's; histories of then have nothing after them. */
function wasRefused({ state }: Stream, type: CommandType, { instance, actor }: Command): boolean {
  if (type !== 'approve' && type !== 'reject') return false;
  const judged = Object.hasOwn(state.instances, instance) ? state.instances[instance] : undefined;
  return judged !== undefined && comesLate(judged, { actor }) && !patched('late-verdicts');
}

/** The answer is computed from the decision, and told once it is recorded. */
function onUpdate(stream: Stream, { command, executed }: Outcome): CommandAnswer | Promise<CommandAnswer> {
  const { answer, ...step } = executed;
  hear(stream);
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
  if (executed.ok && wasRefused(stream, type, command.value))
    refuse(stream, type, { code: 'NOT_CLAIMED' }, command.value);
  else if (executed.ok) fold(stream, executed.value, command.value.id);
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
  // The handler mostly follows at once and need not decide again; on replay there is no validator.
  let validated: Outcome | undefined;
  const validator = (body: unknown): void => {
    validated = outcomeOf(stream, type, body);
  };
  const handler = (body: unknown): CommandAnswer | Promise<CommandAnswer> => {
    const isIt = ({ body: of, from }: Outcome): boolean => of === body && from === stream.state;
    const outcome = validated && isIt(validated) ? validated : outcomeOf(stream, type, body);
    return onUpdate(
      stream,
      orThrow(wasRefused(stream, type, outcome.command) ? reject('NOT_CLAIMED') : accept(outcome)),
    );
  };
  setHandler(commandUpdates[type], handler, { validator });
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
