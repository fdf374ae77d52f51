// Edits of the task itself, which touch no node: its priority and its tags. Absolute values, so that a repeat changes nothing.
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { CycleEvent } from './events.js';
import { isObject } from './json.js';
import type { Actor } from './state.js';

export interface TaskEdit {
  /** 0–1, higher first. */
  priority?: number;
  /** All tags that the task has from now on. */
  tags?: string[];
}

export interface EditCommand {
  id: string;
  actor: Actor;
  edit: TaskEdit;
}

const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= max;

const isPriority = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
const isTags = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= 50 && value.every((tag) => isText(tag, 60));

function isEdit(value: unknown): value is TaskEdit {
  if (!isObject(value) || Object.keys(value).length === 0) return false;
  return Object.entries(value).every(
    ([name, field]) => (name === 'priority' && isPriority(field)) || (name === 'tags' && isTags(field)),
  );
}

/** Reads a message body; whatever was sent, the answer is a command or a rejection. */
export function parseEdit(body: unknown): Decision<EditCommand> {
  if (!isObject(body) || !isText(body['id'], 200)) return reject('MALFORMED_COMMAND', '"id" is missing');
  const { id, actor, edit } = body;
  if (!isObject(actor) || !isText(actor['id'], 200)) return reject('MALFORMED_COMMAND', '"actor" is missing');
  if (!isEdit(edit)) return reject('MALFORMED_COMMAND', '"edit" holds a priority, tags, or both');
  const via = isText(actor['via'], 200) ? { via: actor['via'] } : {};
  return accept({ id, actor: { id: actor['id'], ...via }, edit });
}

export const editEvent = ({ actor, edit }: EditCommand, at: number): CycleEvent => ({
  type: 'edited',
  at,
  actor,
  edit,
});
