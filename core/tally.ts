// How N independent answers become one result, or are found to disagree.
import { isSameValue } from './comparators.js';
import type { ConsensusRule } from './plan-node.js';
import type { Instance, SubmissionRef, VoteOption } from './state.js';

interface Vote {
  action: string;
  fields: Record<string, unknown>;
  submission: SubmissionRef;
  weight: number;
}

/** Votes for the same; the first of them stands for all. */
interface Group {
  first: Vote;
  votes: Vote[];
  weight: number;
}

export type Tally =
  | {
      action: string;
      winner: SubmissionRef;
      /** What won field by field, where fields are decided one by one. */
      merged?: Record<string, unknown>;
    }
  | { tied: SubmissionRef[] };

/** Sums of fractions are equal where they should be. */
const rounded = (weight: number): number => Math.round(weight * 1e9) / 1e9;

const weightOf = ({ weights = {}, defaultWeight = 1 }: ConsensusRule, member: string): number =>
  Object.hasOwn(weights, member) ? (weights[member] ?? 0) : defaultWeight;

function votesOf(slots: readonly Instance[], rule: ConsensusRule): Vote[] {
  return slots.flatMap(({ ballot, submission, performer = '' }): Vote[] => {
    if (!ballot || !submission) return [];
    const fields = JSON.parse(ballot.choice) as Record<string, unknown>;
    const weight = rule.kind === 'weighted' ? weightOf(rule, performer) : 1;
    return [{ action: ballot.action, fields, submission, weight }];
  });
}

type Same = (a: Vote, b: Vote) => boolean;

const sameAction: Same = (a, b) => a.action === b.action;
const sameIn =
  (rule: ConsensusRule, field: string): Same =>
  (a, b) =>
    isSameValue(rule.comparators?.[field] ?? 'exact', a.fields[field], b.fields[field]);
const sameAnswer =
  (rule: ConsensusRule): Same =>
  (a, b) =>
    sameAction(a, b) && rule.fields.every((field) => sameIn(rule, field)(a, b));

/** In the order of the slots, each vote joins the first group whose first vote it equals. */
function grouped(votes: readonly Vote[], same: Same): Group[] {
  const groups: Group[] = [];
  for (const vote of votes) {
    const group = groups.find(({ first }) => same(first, vote));
    if (group) group.votes.push(vote);
    else groups.push({ first: vote, votes: [vote], weight: 0 });
  }
  return groups.map((group) => ({
    ...group,
    weight: rounded(group.votes.reduce((sum, { weight }) => sum + weight, 0)),
  }));
}

/** The group that no other can reach, whatever is still to come. */
function leaderOf(groups: readonly Group[], open: number): Group | undefined {
  const [first, second] = [...groups].sort((a, b) => b.weight - a.weight);
  return first && first.weight > (second?.weight ?? 0) + open ? first : undefined;
}

function tiedOf(groups: readonly Group[]): { tied: SubmissionRef[] } {
  const most = Math.max(...groups.map(({ weight }) => weight));
  return { tied: groups.filter(({ weight }) => weight === most).map(({ first }) => first.submission) };
}

/** What a winner's share is measured by. */
interface Bar {
  total: number;
  open: number;
  threshold: number;
}

const reaches = ({ weight }: Group, { total, open, threshold }: Bar): boolean => weight / (total + open) >= threshold;

const wonBy = ({ first }: Group): Tally => ({ action: first.action, winner: first.submission });

/** The answers as wholes, among the votes for the action that won. */
function byAnswer(rule: ConsensusRule, votes: readonly Vote[], bar: Bar): Tally {
  const groups = grouped(votes, sameAnswer(rule));
  const winner = leaderOf(groups, bar.open);
  return winner && reaches(winner, bar) ? wonBy(winner) : tiedOf(groups);
}

/** Field by field among the votes for the action; the vote that agrees with most of what won stands for the rest. */
function byField(rule: ConsensusRule, votes: readonly Vote[], bar: Bar): Tally {
  const winners = rule.fields.map((field) => leaderOf(grouped(votes, sameIn(rule, field)), bar.open));
  const decided = winners.filter((group) => group !== undefined).filter((group) => reaches(group, bar));
  const answers = grouped(votes, sameAnswer(rule));
  if (decided.length < rule.fields.length) return { tied: answers.map(({ first }) => first.submission) };
  const agreement = (vote: Vote): number => decided.filter((group) => group.votes.includes(vote)).length;
  const most = Math.max(...votes.map(agreement));
  const [standing] = votes.filter((vote) => agreement(vote) === most);
  if (!standing) return { tied: [] };
  const merged = Object.fromEntries(rule.fields.map((field, index) => [field, decided[index]?.first.fields[field]]));
  return { action: standing.action, winner: standing.submission, merged };
}

function unanimous(rule: ConsensusRule, votes: readonly Vote[], open: number): Tally {
  const groups = grouped(votes, sameAnswer(rule));
  const [only, other] = groups;
  return only && !other && open === 0 ? wonBy(only) : { tied: groups.map(({ first }) => first.submission) };
}

/**
 * The result of the votes so far. With `open`, the most weight that is still to come, there is a winner only where nothing
 * to come can overtake it or bring it under the threshold.
 */
export function tally(slots: readonly Instance[], rule: ConsensusRule, open = 0): Tally {
  const votes = votesOf(slots, rule);
  if (rule.kind === 'unanimous') return unanimous(rule, votes, open);
  const actions = grouped(votes, sameAction);
  const action = leaderOf(actions, open);
  if (!action) return tiedOf(actions);
  const bar = { total: votes.reduce((sum, { weight }) => sum + weight, 0), open, threshold: rule.threshold };
  return rule.kind === 'fields' ? byField(rule, action.votes, bar) : byAnswer(rule, action.votes, bar);
}

/** The most weight that so many further voters can bring. */
export function openWeight(rule: ConsensusRule, voted: readonly Instance[], open: number): number {
  if (rule.kind !== 'weighted') return open;
  const voters = new Set(voted.map(({ performer }) => performer));
  const others = Object.entries(rule.weights ?? {}).flatMap(([member, weight]) => (voters.has(member) ? [] : [weight]));
  return [...others, ...Array.from({ length: open }, () => rule.defaultWeight ?? 1)]
    .sort((a, b) => b - a)
    .slice(0, open)
    .reduce((sum, weight) => sum + weight, 0);
}

/** The different answers, each with how many voted for it. */
export function optionsOf(slots: readonly Instance[], rule: ConsensusRule): VoteOption[] {
  return grouped(votesOf(slots, rule), sameAnswer(rule)).map(({ first, votes }) => ({
    submission: first.submission,
    action: first.action,
    votes: votes.length,
  }));
}
