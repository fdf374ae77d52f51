// What people and programs may ask of a cycle, and the guards that read it from untrusted JSON.
import type { PipelineClock } from './clock.js';
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import type { ResolveHow } from './events.js';
import { resolveHows } from './events.js';
import { isObject } from './json.js';
import { isPipelineClock } from './pauses.js';
import type { Actor, FieldVerdict, SubmissionRef } from './state.js';

interface CommandBase {
  /** The update id: a command that comes twice gets the answer it got before. */
  id: string;
  actor: Actor;
  /** The node instance it is about. */
  instance: string;
  /** When the API took it, milliseconds. */
  receivedAt?: number;
  /** The version of the instance that the sender saw. */
  expectedVersion?: number;
  /** How pauses stood when the API took it. */
  clock?: PipelineClock;
}

export interface ClaimCommand extends CommandBase {
  type: 'claim';
}
export interface ReleaseCommand extends CommandBase {
  type: 'release';
  /** Of a manager: only what this member holds, or what is kept for them. */
  of?: string;
  /** As of a skip. */
  nobodyLeft?: boolean;
}
export interface HeartbeatCommand extends CommandBase {
  type: 'heartbeat';
}
export interface SubmitCommand extends CommandBase {
  type: 'submit';
  action?: string;
  submission?: SubmissionRef;
  /** Inline values of raw clients, stored by the record; at most 16 KB. */
  values?: unknown;
  /** By JSON pointer: why a field that a review failed stays as it is. */
  answers?: Record<string, string>;
}
export interface ApproveCommand extends CommandBase {
  type: 'approve';
  comment?: string;
  fieldVerdicts?: FieldVerdict[];
  /** consensus_review: the submission, or its hash, that is to be the result. */
  pick?: string;
  /** The reviewer's own values, which take the place of what is reviewed. */
  submission?: SubmissionRef;
}
export interface RejectCommand extends CommandBase {
  type: 'reject';
  comment?: string;
  issueTags?: string[];
  /** JSON pointers of the fields that were failed. */
  fields?: string[];
  fieldVerdicts?: FieldVerdict[];
}
export interface VoteCommand extends CommandBase {
  type: 'vote';
  action?: string;
  /** The compared fields by name; small, as they are kept in the history. */
  ballot: Record<string, unknown>;
  submission?: SubmissionRef;
}
export interface SkipCommand extends CommandBase {
  type: 'skip';
  reason: string;
  /** Nobody else may work here: the API knows the members, the cycle does not. */
  nobodyLeft?: boolean;
}
export interface EscalateCommand extends CommandBase {
  type: 'escalate';
  reason: string;
}
export interface DeescalateCommand extends CommandBase {
  type: 'deescalate';
}
export interface ResolveCommand extends CommandBase {
  type: 'resolve';
  how: ResolveHow;
  /** `return`: the member it is kept for. */
  to?: string;
  comment?: string;
  /** `fixAndAccept`: the corrected values. */
  submission?: SubmissionRef;
}
export interface RecallCommand extends CommandBase {
  type: 'recall';
}
export interface ReopenCommand extends CommandBase {
  type: 'reopen';
  /** With one of these it is handed in again at once. */
  action?: string;
  submission?: SubmissionRef;
}
export interface ReviseCommand extends CommandBase {
  type: 'revise';
  submission: SubmissionRef;
  /** What comes after it runs again. */
  rerun?: boolean;
}

export type Command =
  | ClaimCommand
  | ReleaseCommand
  | HeartbeatCommand
  | SubmitCommand
  | ApproveCommand
  | RejectCommand
  | VoteCommand
  | SkipCommand
  | EscalateCommand
  | DeescalateCommand
  | ResolveCommand
  | RecallCommand
  | ReopenCommand
  | ReviseCommand;

export type CommandType = Command['type'];

export const inlineLimit = 16_384;
export const ballotLimit = 2_048;
const commandLimit = 24_576;

type Guard = (value: unknown) => boolean;

const text =
  (max: number, min = 1): Guard =>
  (value) =>
    typeof value === 'string' && value.length >= min && value.length <= max;
const texts =
  (count: number, max: number): Guard =>
  (value) =>
    Array.isArray(value) && value.length <= count && value.every(text(max));
const truth: Guard = (value) => typeof value === 'boolean';
const integer: Guard = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Nested too deep to be written is too large. */
function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
const sizedJson =
  (limit: number): Guard =>
  (value) =>
    jsonLength(value) <= limit;
const shape =
  (required: Record<string, Guard>, optional: Record<string, Guard> = {}): Guard =>
  (value) =>
    isObject(value) && badField(value, required, optional) === undefined;

const actor = shape({ id: text(200) }, { via: text(200), manager: truth });
const submission = shape({ id: text(100), hash: text(128) });
const comment = text(2_000, 0);
const pointer: Guard = (value) => text(300)(value) && (value as string).startsWith('/');
const fieldVerdict = shape({ field: pointer, verdict: (value) => value === 'pass' || value === 'fail' }, { comment });
const fieldVerdicts: Guard = (value) => Array.isArray(value) && value.length <= 100 && value.every(fieldVerdict);
const answers: Guard = (value) =>
  isObject(value) &&
  Object.keys(value).length <= 100 &&
  Object.entries(value).every(([field, why]) => pointer(field) && text(1_000)(why));

const base = { id: text(200), actor, instance: text(255) };
const baseOptional = { receivedAt: integer, expectedVersion: integer, clock: isPipelineClock };

const guards: Record<CommandType, { required?: Record<string, Guard>; optional?: Record<string, Guard> }> = {
  claim: {},
  release: { optional: { of: text(200), nobodyLeft: truth } },
  heartbeat: {},
  submit: { optional: { action: text(60), submission, values: sizedJson(inlineLimit), answers } },
  approve: { optional: { comment, fieldVerdicts, pick: text(128), submission } },
  reject: { optional: { comment, issueTags: texts(20, 100), fields: texts(100, 300), fieldVerdicts } },
  vote: {
    required: { ballot: (value) => isObject(value) && sizedJson(ballotLimit)(value) },
    optional: { action: text(60), submission },
  },
  skip: { required: { reason: text(2_000) }, optional: { nobodyLeft: truth } },
  escalate: { required: { reason: text(2_000) } },
  deescalate: {},
  resolve: {
    required: { how: (value) => resolveHows.some((how) => how === value) },
    optional: { to: text(200), comment, submission },
  },
  recall: {},
  reopen: { optional: { action: text(60), submission } },
  revise: { required: { submission }, optional: { rerun: truth } },
};

export const commandTypes = Object.keys(guards) as CommandType[];

function badField(
  value: Record<string, unknown>,
  required: Record<string, Guard>,
  optional: Record<string, Guard>,
): string | undefined {
  for (const [name, guard] of Object.entries(required)) {
    if (!Object.hasOwn(value, name)) return `"${name}" is missing`;
    if (!guard(value[name])) return `"${name}" is not what it should be`;
  }
  for (const [name, field] of Object.entries(value)) {
    if (Object.hasOwn(required, name)) continue;
    const guard = Object.hasOwn(optional, name) ? optional[name] : undefined;
    if (!guard) return `"${name.slice(0, 60)}" is not a field of this command`;
    if (field !== undefined && !guard(field)) return `"${name}" is not what it should be`;
  }
  return undefined;
}

/** Reads a message body; whatever was sent, the answer is a command or a rejection. */
export function parseCommand(type: CommandType, body: unknown): Decision<Command> {
  if (!isObject(body)) return reject('MALFORMED_COMMAND', 'the body is no JSON object');
  if (jsonLength(body) > commandLimit) return reject('MALFORMED_COMMAND', 'the body is too large');
  const { required = {}, optional = {} } = guards[type];
  const problem = badField(body, { ...base, ...required }, { ...baseOptional, ...optional });
  if (problem !== undefined) return reject('MALFORMED_COMMAND', problem);
  return accept({ ...body, type } as unknown as Command);
}
