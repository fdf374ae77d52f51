// What stands in one cycle of a task: its own rows, and what it carried over. The rest is history, and a result of nothing.
import type { CycleStanding } from '../db/queries/cycle-rows.js';

interface Visit {
  id: string;
  node: string;
  parentId: string | null;
  streamId: string;
  cycleId: string;
  status: string;
  outcome: string | null;
  submissionId: string | null;
  finishedAt: Date | string | null;
}
interface Row {
  instanceId: string;
  cycleId: string;
}
interface HandedIn extends Row {
  id: string;
}

export interface Standing<V, S> {
  /** Of the cycle, in the order given, after those that it carried over. */
  visits: V[];
  submissions: S[];
  /** Of a task's reviews, in their order. */
  reviewsIn: <R extends Row>(reviews: readonly R[]) => R[];
  /** The visit that stands for a node now; undefined where nothing does, as before it is come to. */
  of: (node: string) => V | undefined;
}

const timeOf = (at: Date | string | null): number => (at === null ? 0 : new Date(at).getTime());

/** Visits that others took the place of. What was closed as its cycle ended is where the cycle stopped: nothing took its place. */
function overtakenIn({ endedAt }: CycleStanding, visits: readonly Visit[]): Set<string> {
  const ends = new Map<string, number>();
  for (const { streamId, finishedAt } of visits)
    ends.set(streamId, Math.max(ends.get(streamId) ?? 0, timeOf(finishedAt)));
  const isOvertaken = ({ status, outcome, streamId, finishedAt }: Visit): boolean => {
    if (status !== 'finished') return false;
    const isAtEnd = endedAt !== null && timeOf(finishedAt) === ends.get(streamId);
    return outcome === 'recalled' || (outcome === 'superseded' && !isAtEnd);
  };
  return new Set(visits.filter(isOvertaken).map(({ id }) => id));
}

/** The visits that stand for nodes which a resumed cycle passed over, each with what that came to. */
function carriedBy<V extends Visit>({ id, resume }: CycleStanding, visits: readonly V[]): V[] {
  const { outcomes = {}, results = {} } = resume ?? {};
  return Object.entries(outcomes).flatMap(([node, outcome]) => {
    const result = results[node];
    const found = visits.find((visit) => visit.id === result?.instance && visit.cycleId !== id);
    return found ? [{ ...found, status: 'finished', outcome, submissionId: result?.submission?.id ?? null }] : [];
  });
}

export function standingIn<V extends Visit, S extends HandedIn>(
  cycle: CycleStanding,
  rows: { visits: readonly V[]; submissions: readonly S[] },
): Standing<V, S> {
  const own = rows.visits.filter(({ cycleId }) => cycleId === cycle.id);
  const carried = carriedBy(cycle, rows.visits);
  const carriedIds = new Set(carried.map(({ id }) => id));
  const slots = rows.visits.filter(({ parentId }) => parentId !== null && carriedIds.has(parentId));
  const slotIds = new Set(slots.map(({ id }) => id));
  const begunWith = new Set(carried.map(({ submissionId }) => submissionId));
  const overtaken = overtakenIn(cycle, own);
  const visits = [...carried, ...slots, ...own];
  const isOwn = ({ cycleId, instanceId }: Row): boolean => cycleId === cycle.id && !overtaken.has(instanceId);
  const isPast = ({ id, outcome }: V): boolean => overtaken.has(id) || outcome === 'reworked';
  return {
    visits,
    submissions: rows.submissions.filter((one) => isOwn(one) || begunWith.has(one.id) || slotIds.has(one.instanceId)),
    reviewsIn: (reviews) => reviews.filter((one) => isOwn(one) || carriedIds.has(one.instanceId)),
    of(node) {
      const last = visits.findLast(
        (visit) => visit.node === node && visit.parentId === null && !overtaken.has(visit.id),
      );
      return last && !isPast(last) ? last : undefined;
    },
  };
}
