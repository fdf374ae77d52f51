// Edits of a cycle's task, as update and as signal: recorded, and shown in the search attributes.
import { setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { Decision } from '../core/decision.js';
import { reject } from '../core/decision.js';
import type { EditCommand } from '../core/edits.js';
import { editEvent, parseEdit } from '../core/edits.js';
import { withId } from './message-body.js';
import type { EditAnswer } from './messages.js';
import { editTaskSignal, editTaskUpdate } from './messages.js';
import { orThrow } from './rejection-failure.js';
import { priorityAttribute } from './search-attributes.js';
import type { Stream } from './stream.js';
import { fold, hear, onceRecorded, refuse } from './stream.js';

function read(stream: Stream, body: unknown): Decision<EditCommand> {
  const command = parseEdit(withId(body));
  return command.ok && stream.state.status !== 'open' ? reject('NODE_CLOSED', 'the cycle has ended') : command;
}

function edit(stream: Stream, command: EditCommand): void {
  const { priority } = command.edit;
  if (priority !== undefined) upsertSearchAttributes([{ key: priorityAttribute, value: priority }]);
  fold(stream, { state: stream.state, events: [editEvent(command, hear(stream))] }, command.id);
}

function onUpdate(stream: Stream, body: unknown): EditAnswer | Promise<EditAnswer> {
  const command = orThrow(read(stream, body));
  edit(stream, command);
  return onceRecorded(stream, { taskId: stream.state.task.taskId, ...command.edit });
}

export function listenForEdits(stream: Stream): void {
  const validator = (body: unknown): void => {
    orThrow(read(stream, body));
  };
  setHandler(editTaskUpdate, (body) => onUpdate(stream, body), { validator });
  setHandler(editTaskSignal, (body) => {
    const command = read(stream, body);
    if (command.ok) edit(stream, command.value);
    else refuse(stream, editTaskSignal.name, command.rejection);
  });
}
