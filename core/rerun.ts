// What is asked for where a task is to run again, and what comes of it.
import type { Rejection } from './decision.js';
import type { RerunMode } from './resume.js';
import type { Actor, SubmissionRef } from './state.js';

export interface RerunInput {
  taskId: string;
  commandId: string;
  actor: Actor;
  mode: RerunMode;
  node?: string;
  /** What is open is to be ended for it. */
  replace?: boolean;
  /** The task's, as the caller saw it. */
  expectedVersion?: number;
  /** Reopened work of a task that has ended: refused where it was voted on. */
  reopens?: boolean;
  /** It is handed in with this at once. */
  handsIn?: { action?: string; submission?: SubmissionRef };
  /** The version of a node instance that the caller saw. */
  seen?: { instance: string; version: number };
}

export type RerunResult =
  { kind: 'started'; taskId: string; cycleId: string } | { kind: 'refused'; rejection: Rejection };

/** What opening the next cycle comes to; `open`: another one still is, and `next` would follow it. */
export type NextCycle = RerunResult | { kind: 'open'; cycleId: string; next: string };
