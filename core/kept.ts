// How long work is kept for somebody, before it is anybody's.
import { runningTime } from './clock.js';
import { planNode } from './plan-node.js';
import type { StreamState } from './state.js';

/** On the node's running clock, as every time of an instance is. */
export function keptUntil({ clock, plan }: Pick<StreamState, 'clock' | 'plan'>, key: string, at: number): number {
  return runningTime(clock, at, key) + (planNode(plan, key)?.retainMs ?? 0);
}
