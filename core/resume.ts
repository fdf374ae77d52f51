// Where a cycle goes on that another one left: from rows of Postgres to what the next cycle begins with. References, no payloads.
import { defined } from './defined.js';
import { descendantsOf } from './graph.js';
import { reviewActions } from './pipeline.js';
import type { Plan, PlanNode } from './plan-node.js';
import { planNode } from './plan-node.js';
import type { Actor, KeptWork, NodeResult, NodeStatus, ReviewCounter, SubmissionRef, VoteResult } from './state.js';
import { isProgram } from './plan-programs.js';

export const rerunModes = ['resume', 'restart'] as const;
export type RerunMode = (typeof rerunModes)[number];

/** What of the cycles before a resumed one begins with. */
export interface ResumePoint {
  /** By node: what it ended with, of the nodes that are not worked again. */
  outcomes: Record<string, string>;
  results: Record<string, NodeResult>;
  visits: Record<string, number>;
  counters: Record<string, ReviewCounter>;
  /** Nodes that are worked again go first to who did them. */
  kept: Record<string, KeptWork>;
}

/** How a cycle came about that is not its task's first. */
export interface Rerun {
  mode: RerunMode;
  actor: Actor;
  /** Left out: from where it stopped. */
  node?: string;
  /** Of a resumed one. */
  resume?: ResumePoint;
  /** Of a restarted one: reviews that have counted this task once look at it again, whatever their sample says. */
  counted?: string[];
}

/** One visit of the cycle before, as Postgres has it. */
export interface FormerVisit {
  id: string;
  node: string;
  visit: number;
  status: NodeStatus;
  outcome: string | null;
  performer: string | null;
  result: VoteResult | null;
  /** It was closed as its stream ended. */
  closedAtEnd: boolean;
  /** Of a vote: who had a slot. */
  voters: string[];
}

/** In the order in which they were handed in. */
export interface FormerSubmission extends SubmissionRef {
  instance: string;
  node: string;
  performer: string;
  action: string;
}

export interface FormerCycle {
  /** What that cycle was resumed with itself. */
  before?: ResumePoint;
  visits: FormerVisit[];
  submissions: FormerSubmission[];
  counters: Record<string, ReviewCounter>;
}

const overtakenOutcomes: readonly string[] = ['superseded', 'reworked', 'recalled'];

/** Handed in, though its review never came to an end. */
const wasCut = ({ status, closedAtEnd }: FormerVisit): boolean => status === 'submitted' || closedAtEnd;

/** What a visit ended with; undefined where it is to be worked again. */
function outcomeOf(visit: FormerVisit, submission: FormerSubmission | undefined): string | undefined {
  const { status, outcome } = visit;
  if (status === 'finished' && outcome !== null && !overtakenOutcomes.includes(outcome)) {
    return outcome === reviewActions.reject ? undefined : outcome;
  }
  return wasCut(visit) && submission?.instance === visit.id ? submission.action : undefined;
}

function resultFrom(visit: FormerVisit, outcome: string, submission: FormerSubmission | undefined): NodeResult {
  const { result, voters } = visit;
  const own = [visit.performer, submission?.performer].flatMap((performer) => performer ?? []);
  const given = result ? (result.submission ?? undefined) : submission;
  return {
    instance: visit.id,
    performers: [...new Set(voters.length > 0 ? voters : own)],
    outcome,
    ...defined({
      submission: given && { id: given.id, hash: given.hash },
      merged: result?.merged,
      options: result?.options,
    }),
  };
}

interface Reading {
  outcomes: Map<string, string>;
  results: Record<string, NodeResult>;
  visits: Record<string, number>;
  /** Nodes that were come to, and are not done. */
  undone: Set<string>;
}

/** Lays one visit over what is known of its node; the last one counts. */
function readVisit(reading: Reading, visit: FormerVisit, submissions: readonly FormerSubmission[]): void {
  const { node, status } = visit;
  const { outcomes, results, visits, undone } = reading;
  const submission = submissions.findLast((one) => one.node === node);
  const outcome = outcomeOf(visit, submission);
  visits[node] = Math.max(visits[node] ?? 0, visit.visit);
  outcomes.delete(node);
  undone.delete(node);
  if (outcome !== undefined) outcomes.set(node, outcome);
  else if (status !== 'na') undone.add(node);
  if (outcome !== undefined || visit.performer !== null) {
    results[node] = resultFrom(visit, outcome ?? submission?.action ?? '', submission);
  }
}

/** Options are on record with the review that was given them. */
function withOptions(plan: Plan, former: FormerCycle, results: Record<string, NodeResult>): void {
  for (const { key, kind, review } of plan.nodes) {
    const of = kind === 'consensus_review' ? results[review?.of ?? ''] : undefined;
    const options = former.visits.findLast(({ node, result }) => node === key && result)?.result?.options;
    if (of && options) of.options = options;
  }
}

/** The votes' result as a verdict has it: an answer that was picked, or one of the judge's own. */
function judgedBy(verdict: FormerVisit | undefined, { submissions }: FormerCycle, votes: NodeResult): NodeResult {
  const fix = submissions.findLast(({ instance }) => instance === verdict?.id);
  const given = fix ?? verdict?.result?.submission;
  if (!given || given.id === votes.submission?.id) return votes;
  const { merged: _, ...rest } = votes;
  const next = { ...rest, submission: { id: given.id, hash: given.hash } };
  if (fix) return { ...next, performers: [...new Set([...votes.performers, fix.performer])] };
  return { ...next, outcome: submissions.findLast(({ id }) => id === given.id)?.action ?? votes.outcome };
}

/** Where a review of votes stays done, so does what it made of them. */
function asJudged(
  plan: Plan,
  former: FormerCycle,
  results: Record<string, NodeResult>,
  done: ReadonlySet<string>,
): void {
  for (const { key, review } of plan.nodes) {
    const of = review?.of ?? '';
    if (!planNode(plan, of)?.consensus || !done.has(key) || !results[of]) continue;
    const verdict = former.visits.findLast(
      ({ node, status, performer }) => node === key && status === 'finished' && performer,
    );
    results[of] = judgedBy(verdict, former, results[of]);
  }
}

const worksAgain = ['labeling', 'llm', 'external'];

function keptOf(nodes: readonly PlanNode[], results: Record<string, NodeResult>): Record<string, KeptWork> {
  return Object.fromEntries(
    nodes.flatMap((node): [string, KeptWork][] => {
      const { performers = [], submission } = results[node.key] ?? {};
      const by = performers.find((performer) => !isProgram(performer));
      return by === undefined || !worksAgain.includes(node.kind)
        ? []
        : [[node.key, { by, ...defined({ submission }) }]];
    }),
  );
}

const picked = <T>(record: Record<string, T>, keys: ReadonlySet<string>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => keys.has(key)));

/** What an earlier cycle had done was revised since; its visit is none of this one. */
function readRevision({ results }: Reading, { id, hash, instance, node, performer }: FormerSubmission): void {
  const carried = results[node];
  if (carried?.instance !== instance) return;
  const performers = [...new Set([...carried.performers, performer])];
  results[node] = { ...carried, performers, submission: { id, hash } };
}

/** The visit that stands for its node in what a cycle has left: what the node ended with, and its work. */
export function standingResult(
  former: FormerCycle,
  instance: string,
): { node: string; outcome: string; result: NodeResult } | undefined {
  const { outcomes, results } = readingOf(former);
  const [node, result] = Object.entries(results).find(([, own]) => own.instance === instance) ?? [];
  const outcome = outcomes.get(node ?? '');
  return node === undefined || !result || outcome === undefined ? undefined : { node, outcome, result };
}

/** All that is known of each node at the end of the cycle. */
function readingOf({ before, visits, submissions }: FormerCycle): Reading {
  const reading: Reading = {
    outcomes: new Map(Object.entries(before?.outcomes ?? {})),
    results: { ...before?.results },
    visits: { ...before?.visits },
    undone: new Set(),
  };
  for (const submission of submissions) readRevision(reading, submission);
  for (const visit of [...visits].sort((a, b) => a.visit - b.visit)) readVisit(reading, visit, submissions);
  return reading;
}

const withAllAfter = (plan: Plan, nodes: readonly string[]): Set<string> =>
  new Set(nodes.flatMap((node) => [node, ...descendantsOf(plan.edges, node)]));

/**
 * Everything that was done stays so, but the node that is named, what was under way, and what comes after either. Ends are
 * reached anew. Undefined where the node was never come to, or nothing was left to do.
 */
export function resumePoint(plan: Plan, former: FormerCycle, from?: string): ResumePoint | undefined {
  const reading = readingOf(former);
  const { outcomes, undone } = reading;
  if (from !== undefined && !outcomes.has(from) && !undone.has(from)) return undefined;
  const first = [...undone, ...(from === undefined ? [] : [from])];
  return first.length === 0 ? undefined : pointFrom(plan, former, reading, first, withAllAfter(plan, first));
}

/** Where only what comes after a node runs again, as its work was revised. */
export function resumeAfter(plan: Plan, former: FormerCycle, node: string): ResumePoint {
  const reading = readingOf(former);
  const first = [...reading.undone];
  const again = new Set([...withAllAfter(plan, first), ...descendantsOf(plan.edges, node)]);
  return pointFrom(plan, former, reading, first, again);
}

function pointFrom(
  plan: Plan,
  former: FormerCycle,
  { outcomes, results, visits }: Reading,
  first: readonly string[],
  again: ReadonlySet<string>,
): ResumePoint {
  withOptions(plan, former, results);
  const isDone = ({ key, kind }: PlanNode): boolean => kind !== 'end' && outcomes.has(key) && !again.has(key);
  const done = new Set(plan.nodes.filter(isDone).map(({ key }) => key));
  asJudged(plan, former, results, done);
  const kept = keptOf(
    plan.nodes.filter(({ key }) => first.includes(key)),
    results,
  );
  return {
    outcomes: picked(Object.fromEntries(outcomes), done),
    results: picked(results, new Set([...done, ...Object.keys(kept)])),
    visits,
    counters: { ...former.before?.counters, ...former.counters },
    kept,
  };
}
