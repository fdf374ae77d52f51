// Small pipelines at random: stages one after the other, each a step, a choice or branches that join.
import fc from 'fast-check';
import type { ConsensusNode, Disagreement, PipelineDefinition } from '../../core/pipeline.js';
import { onSkips, policyKinds } from '../../core/pipeline.js';
import { checkpoint, consensus, consensusReview, edge, end, labeling, review, start } from '../support/builders.js';
import type { Builder } from './random-parts.js';
import { single } from './random-parts.js';
import { decidedBy, programStep } from './random-programs.js';

const limits = fc.record({ maxReviewFailures: fc.nat(2), maxReReviews: fc.nat(3) });

const label: fc.Arbitrary<Builder> = fc
  .record({ onSkip: fc.constantFrom(...onSkips), rerunOnStatusChange: fc.boolean() })
  .map((settings) => (name) => single(name, labeling(name, { settings })));

/** All that a vote can be: its overlap, its policy, and what comes of a disagreement. */
const votes: fc.Arbitrary<Partial<ConsensusNode> & Pick<ConsensusNode, 'overlap' | 'policy'>> = fc
  .record({
    min: fc.integer({ min: 1, max: 3 }),
    more: fc.nat(2),
    stopEarly: fc.boolean(),
    kind: fc.constantFrom(...policyKinds),
    threshold: fc.constantFrom(0, 0.5, 0.75),
    onDisagreement: fc.constantFrom<Disagreement>('tie', 'escalate', 'adjudicate', 'extend'),
    onEarlyStop: fc.constantFrom('accept' as const, 'cancel' as const),
  })
  .map(({ min, more, stopEarly, kind, threshold, onDisagreement, onEarlyStop }) => ({
    overlap: { min, max: min + more, stopEarly },
    policy: {
      kind,
      fields: { label: 'caseFold' as const, size: { tolerance: 1 } },
      threshold,
      ...(kind === 'weighted' ? { weights: { ann: 3, bob: 0.5 } } : {}),
    },
    onDisagreement: onDisagreement === 'extend' && more === 0 ? 'escalate' : onDisagreement,
    onEarlyStop,
  }));

const vote: fc.Arbitrary<Builder> = votes.map(
  (settings): Builder =>
    (name) =>
      single(name, consensus(name, settings.overlap.min, settings)),
);

/** Voted on, then judged: by a consensus_review, maybe only where there is no winner, or by a review, or by one after the other. */
const judgedVote: fc.Arbitrary<Builder> = fc
  .tuple(votes, limits, fc.constantFrom('all', 'disagreements', 'as a review'), fc.boolean())
  .map(([settings, own, how, twice]): Builder => (name) => {
    const key = `${name}cr`;
    const judge =
      how === 'as a review'
        ? review(key, name, { limits: own })
        : consensusReview(key, name, { limits: own, ...(how === 'all' ? {} : { only: 'disagreement' as const }) });
    const again = twice ? [review(`${name}qa`, name, { limits: own })] : [];
    return {
      nodes: [consensus(name, settings.overlap.min, settings), judge, ...again],
      edges: [`${name} → ${key}`, ...again.map((last) => `${key} → ${last.key}`)],
      entries: [name],
      exits: [again[0]?.key ?? key],
    };
  });

const check = fc.record({ limits, sample: fc.constantFrom(1, 1, 0.5, 0) });

/** Labeled, then reviewed once or twice, each time all tasks or some. */
const reviewed: fc.Arbitrary<Builder> = fc
  .array(check, { minLength: 1, maxLength: 2 })
  .map((chain): Builder => (name) => {
    const reviews = chain.map((rules, index) => review(`${name}qa${String(index + 1)}`, name, rules));
    const keys = [name, ...reviews.map(({ key }) => key)];
    return {
      nodes: [labeling(name), ...reviews],
      edges: keys.slice(1).map((key, index) => `${keys[index] ?? ''} → ${key}`),
      entries: [name],
      exits: [keys.at(-1) ?? name],
    };
  });

/** Labeled, then held for its batch: what runs with the whole batch is dead in the cycle of an item. */
const gathered: fc.Arbitrary<Builder> = fc
  .constantFrom('task' as const, 'assignment' as const)
  .map((per): Builder => (name) => ({
    nodes: [labeling(name), checkpoint(`${name}cp`, name, per), labeling(`${name}ctx`)],
    edges: [`${name} → ${name}cp`, `${name}cp : ${per} → ${name}ctx`, `${name}ctx → end`],
    entries: [name],
    exits: [`${name}cp : item`],
  }));

const step = fc.oneof(label, reviewed, vote, judgedVote, gathered, { weight: 3, arbitrary: programStep });

/** Two or three steps side by side. */
const branches: fc.Arbitrary<Builder> = fc
  .array(step, { minLength: 2, maxLength: 3 })
  .map((parts): Builder => (name) => {
    const built = parts.map((part, index) => part(`${name}b${String(index + 1)}`));
    return {
      nodes: built.flatMap(({ nodes }) => nodes),
      edges: built.flatMap(({ edges }) => edges),
      entries: built.flatMap(({ entries }) => entries),
      exits: built.flatMap(({ exits }) => exits),
    };
  });

/** Somebody decides which of two steps comes. */
const choice: fc.Arbitrary<Builder> = fc.tuple(step, step).map(([left, right]): Builder => (name) => {
  const [l, r] = [left(`${name}l`), right(`${name}r`)];
  return {
    nodes: [labeling(name, { actions: ['left', 'right', 'discard'] }), ...l.nodes, ...r.nodes],
    edges: [
      ...l.entries.map((entry) => `${name} : left → ${entry}`),
      ...r.entries.map((entry) => `${name} : right → ${entry}`),
      ...l.edges,
      ...r.edges,
    ],
    entries: [name],
    exits: [...l.exits, ...r.exits],
  };
});

const joining = (from: string[], to: string[]): string[] =>
  from.flatMap((exit) => to.map((entry) => `${exit} → ${entry}`));

/** A pipeline; where `lastReview` is set, what is labeled first is reviewed once more at the end. */
function assembled(builders: Builder[], lastReview: boolean): PipelineDefinition {
  const parts = builders.map((build, index) => build(`n${String(index + 1)}`));
  const first = parts.flatMap(({ nodes }) => nodes).find(({ kind }) => kind === 'labeling');
  if (lastReview && first) parts.push(single('last', review('last', first.key)));
  const edges = parts.flatMap((part, index) => [
    ...joining(parts[index - 1]?.exits ?? ['start'], part.entries),
    ...part.edges,
  ]);
  return {
    name: 'a random pipeline',
    nodes: [start(), ...parts.flatMap(({ nodes }) => nodes), end()],
    edges: [...edges, ...joining(parts.at(-1)?.exits ?? ['start'], ['end'])].map(edge),
  };
}

export const randomPipelines: fc.Arbitrary<PipelineDefinition> = fc
  .tuple(fc.array(fc.oneof(step, branches, choice, decidedBy(step)), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([builders, lastReview]) => assembled(builders, lastReview));

/** Without side branches: each step begins when the one before it is done. */
export const randomChains: fc.Arbitrary<PipelineDefinition> = fc
  .tuple(fc.array(fc.oneof(step, choice, decidedBy(step)), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([builders, lastReview]) => assembled(builders, lastReview));
