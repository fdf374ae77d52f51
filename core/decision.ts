// A refused command is a value, never an exception: the rules answer with events or with a rejection.
import type { RejectionCode } from './rejections.js';

/** Why a command was refused. `detail` completes the catalogue's message with facts of this case. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly detail?: string;
}

export type Decision<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rejection: Rejection };

export function accept<T>(value: T): Decision<T> {
  return { ok: true, value };
}

export function reject(code: RejectionCode, detail?: string): { readonly ok: false; readonly rejection: Rejection } {
  return { ok: false, rejection: detail === undefined ? { code } : { code, detail } };
}

/** For the `default` of an exhaustive switch: adding a member without handling it is a type error. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
