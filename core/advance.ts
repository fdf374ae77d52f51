// The interpreter: what follows by itself from where a stream stands. Dead paths are passed on, so joins always resolve.
import { letThrough } from './checkpoints.js';
import { isPassedBy } from './consensus-review.js';
import { resultEvents } from './consensus.js';
import { endingEvents, startEvent } from './ending.js';
import { evolve } from './evolve.js';
import type { CycleEvent } from './events.js';
import { newInstance, newSlots, timeoutFrom } from './instances.js';
import { keptUntil } from './kept.js';
import { handInEvents } from './labeling.js';
import { heldBack, withOvertaken } from './overtaken.js';
import type { PlanNode } from './plan-node.js';
import { reviewActions } from './pipeline.js';
import { planNode } from './plan-node.js';
import { isProgram } from './plan-programs.js';
import { staffed } from './programs.js';
import { reportEvents } from './reports.js';
import { foundBy } from './results.js';
import { isSampled } from './sample.js';
import type { Instance, StreamState } from './state.js';
import { currentInstance, isAwaited, isOpen } from './state.js';

const inScope = (state: StreamState, node: string): boolean => !state.scope || state.scope.nodes.includes(node);

function scopedNodes(state: StreamState): PlanNode[] {
  return state.plan.nodes.filter((node) => node.kind !== 'start' && inScope(state, node.key));
}

/** How the edges into a node stand. A rework child looks only at those within its scope. */
function incoming(state: StreamState, node: string): ('live' | 'dead' | undefined)[] {
  return state.plan.edges.flatMap((edge, index) =>
    edge.to === node && (!state.scope || state.scope.nodes.includes(edge.from)) ? [state.edges[String(index)]] : [],
  );
}

function votes(state: StreamState, at: number): CycleEvent[] {
  for (const node of state.plan.nodes) {
    const instance = node.consensus && currentInstance(state, node.key);
    if (!instance || instance.status !== 'available') continue;
    const events = resultEvents(state, instance, node, at);
    if (events.length > 0) return events;
  }
  return [];
}

/** Submitted work is finished once no review of it is left to come. */
function judged(state: StreamState, at: number): CycleEvent[] {
  return Object.values(state.instances).flatMap((instance): CycleEvent[] => {
    if (['consensus', 'checkpoint'].includes(instance.kind) || instance.status !== 'submitted') return [];
    const pending = state.plan.nodes.some((node) => {
      if (node.review?.of !== instance.node || !inScope(state, node.key)) return false;
      const review = currentInstance(state, node.key);
      return !review || isOpen(review) || review.status === 'deferred';
    });
    return pending ? [] : [{ type: 'finished', at, instance: instance.id, outcome: instance.outcome ?? '' }];
  });
}

/** A review that comes again is kept for the person who rejected, as the rework is kept for its author. */
function reservationOf(state: StreamState, node: PlanNode, at: number): Partial<Instance> {
  const last = state.results[node.key];
  const reviewer = last?.outcome === reviewActions.reject ? last.performers[0] : undefined;
  if (!node.review || reviewer === undefined || isProgram(reviewer)) return {};
  return { reservedFor: reviewer, reservedUntil: keptUntil(state, node.key, at) };
}

/** Work of a cycle before, which is done again. */
function keptFrom(state: StreamState, { key }: PlanNode, at: number): Partial<Instance> {
  const work = state.kept?.[key];
  if (!work) return {};
  const draft = work.submission && { draft: work.submission };
  return { reason: 'REOPENED', reservedFor: work.by, reservedUntil: keptUntil(state, key, at), ...draft };
}

/** A sampled review passes the other tasks on, but what has failed at it once is always reviewed again. */
function isLookedAt(state: StreamState, { key }: PlanNode, share: number | undefined): boolean {
  return share === undefined || state.counters[key] !== undefined || isSampled(state.task.taskId, key, share);
}

/** By reopens: rejections hold the reworked node instead. */
function isReviewedTooOften({ counters }: StreamState, { key, review }: PlanNode): boolean {
  const counter = counters[key];
  return counter?.reopened === true && review !== undefined && counter.reReviews > review.maxReReviews;
}

function heldReview(state: StreamState, node: PlanNode, found: Partial<Instance>, at: number): Instance {
  const hold = { by: 'taskloom', reason: 'too many re-reviews', review: node.key };
  return newInstance(state, node, 'quarantined', at, { ...found, hold });
}

/** Work that was reopened with its new answer, in a cycle before. */
function handedInFirst(state: StreamState, instance: Instance, at: number): CycleEvent[] {
  const given = state.kept?.[instance.node]?.handsIn;
  return given ? handInEvents(state, instance, given, at) : [];
}

function openEvents(state: StreamState, node: PlanNode, at: number): CycleEvent[] {
  const open = (opened: Instance): CycleEvent => ({ type: 'opened', at, instance: opened.id, opened });
  if (node.kind === 'end') {
    return [open(newInstance(state, node, 'finished', at, { outcome: node.end ?? 'complete', finishedAt: at }))];
  }
  if (node.review && !isLookedAt(state, node, node.review.sample)) {
    const passed = newInstance(state, node, 'na', at, { outcome: reviewActions.approve });
    return [open(passed), { type: 'routed', at, node: node.key, outcome: reviewActions.approve }];
  }
  if (node.kind === 'consensus_review' && isPassedBy(state, node)) {
    return [
      open(newInstance(state, node, 'na', at)),
      { type: 'routed', at, node: node.key, outcome: reviewActions.approve },
    ];
  }
  const found = node.kind === 'consensus_review' ? { result: foundBy(state, node) } : {};
  const kept = { ...reservationOf(state, node, at), ...keptFrom(state, node, at) };
  const extras = { ...kept, ...found, ...timeoutFrom(state, node, at) };
  if (isReviewedTooOften(state, node)) return [open(heldReview(state, node, found, at))];
  const instance = newInstance(state, node, node.kind === 'checkpoint' ? 'submitted' : 'available', at, extras);
  const slots = node.consensus ? newSlots(instance, node.consensus.slots, at) : [];
  return [...[instance, ...slots].map(open), ...handedInFirst(state, instance, at)];
}

/** An earlier cycle has done it; or a dropped rework child has it, and which visits that has used is known once it says so. */
const isElsewhere = ({ reworks, carried }: StreamState, node: string): boolean =>
  carried?.includes(node) === true ||
  Object.values(reworks).some(({ exit, overtaken, scope }) => overtaken && !exit && scope.nodes.includes(node));

/** Nothing of a rework leads to what it began with, unless a review of it may ask for what was before. */
function hasBegun(state: StreamState, node: string): boolean {
  const present = currentInstance(state, node);
  if (present) return present.status !== 'deferred';
  return node === state.scope?.target && incoming(state, node).length === 0;
}

function reached(state: StreamState, at: number): CycleEvent[] {
  const waiting = heldBack(state);
  for (const node of scopedNodes(state)) {
    const present = currentInstance(state, node.key);
    if (hasBegun(state, node.key)) continue;
    if (waiting.has(node.key) || isElsewhere(state, node.key)) continue;
    const edges = incoming(state, node.key);
    if (edges.every((edge) => edge === 'dead')) {
      const opened = newInstance(state, node, 'na', at);
      return [{ type: 'opened', at, instance: opened.id, opened }];
    }
    if (!edges.includes('live')) continue;
    if (edges.every((edge) => edge !== undefined)) return openEvents(state, node, at);
    if (present) continue;
    const opened = newInstance(state, node, 'deferred', at);
    return [{ type: 'opened', at, instance: opened.id, opened }];
  }
  return [];
}

/** A cycle that was restarted begins as soon as no dropped rework child is at work any more. */
function begun(state: StreamState, at: number): CycleEvent[] {
  if (state.scope || Object.keys(state.edges).length > 0 || Object.values(state.reworks).some(({ exit }) => !exit)) {
    return [];
  }
  return [startEvent(state, at)];
}

function over(state: StreamState, at: number): CycleEvent[] {
  const working = Object.values(state.instances).some((instance) => isAwaited(instance));
  const reworking = Object.values(state.reworks).some((rework) => !rework.exit);
  return working || reworking ? [] : endingEvents(state, { how: 'passed', at });
}

function nextEvents(state: StreamState, at: number): CycleEvent[] {
  if (state.status !== 'open') return [];
  for (const step of [reportEvents, begun, votes, letThrough, judged, reached, staffed, over]) {
    const events = step(state, at);
    if (events.length > 0) return events;
  }
  return [];
}

export interface Progress {
  state: StreamState;
  events: CycleEvent[];
}

/** Folds events in, then everything that follows from them, until the stream waits for somebody. */
export function progress(state: StreamState, events: readonly CycleEvent[], at: number): Progress {
  const all: CycleEvent[] = [];
  let next = state;
  for (let batch = events; batch.length > 0; batch = nextEvents(next, at)) {
    for (const each of batch) {
      const events = withOvertaken(next, each);
      all.push(...events);
      next = events.reduce(evolve, next);
    }
  }
  return { state: next, events: all };
}

/** The nodes that a stream is at: what is being worked on, waited for, or held. */
export function openNodes(state: StreamState): string[] {
  const own = Object.values(state.instances).filter(
    (instance) => isAwaited(instance) && (instance.status !== 'submitted' || instance.kind === 'checkpoint'),
  );
  const reworked = Object.values(state.reworks).flatMap((rework) => (rework.exit ? [] : [rework.scope.target]));
  return [...new Set([...own.map(({ node }) => node), ...reworked])].filter((key) => planNode(state.plan, key));
}
