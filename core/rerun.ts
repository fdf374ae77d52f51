// What is asked for where a task is to run again, and what comes of it.
import type { Rejection } from './decision.js';
import type { RerunMode } from './resume.js';
import type { Actor } from './state.js';

export interface RerunInput {
  taskId: string;
  commandId: string;
  actor: Actor;
  mode: RerunMode;
  node?: string;
  /** A cycle that is still open is ended first. */
  replace?: boolean;
  /** Reopened work of a task that has ended: refused where it was voted on. */
  reopens?: boolean;
}

export type RerunResult =
  { kind: 'started'; taskId: string; cycleId: string } | { kind: 'refused'; rejection: Rejection };

/** What opening the next cycle comes to; `open`: another one still is. */
export type NextCycle = RerunResult | { kind: 'open'; cycleId: string };
