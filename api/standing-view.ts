// How the pauses of a pipeline are shown.
import type { Standing } from '../db/queries/pipelines.js';

export function standingView({ pausedAt, pauseMode, keepTriggers, nodePauses, toWake, woken }: Standing) {
  const pausedNodes = Object.entries(nodePauses).flatMap(([node, { pausedAtMs }]) =>
    pausedAtMs === undefined ? [] : [node],
  );
  return {
    pausedAt,
    mode: pauseMode,
    keepTriggers,
    pausedNodes,
    /** Of the last resume. */
    resume: toWake === null ? null : { toWake, woken: woken ?? 0 },
  };
}
