// Small pipelines at random: stages one after the other, each a step, a choice or branches that join.
import fc from 'fast-check';
import type { PipelineDefinition, PipelineNode } from '../../core/pipeline.js';
import { onSkips } from '../../core/pipeline.js';
import { consensus, edge, end, labeling, review, start } from '../support/builders.js';

interface Part {
  nodes: PipelineNode[];
  edges: string[];
  entries: string[];
  /** Nodes, or nodes with an outcome, that lead on. */
  exits: string[];
}

/** Names are given when the whole is put together, so that they differ. */
type Builder = (name: string) => Part;

const limits = fc.record({ maxReviewFailures: fc.nat(2), maxReReviews: fc.nat(3) });

const single = (name: string, node: PipelineNode): Part => ({
  nodes: [node],
  edges: [],
  entries: [name],
  exits: [name],
});

const label: fc.Arbitrary<Builder> = fc
  .constantFrom(...onSkips)
  .map((onSkip) => (name) => single(name, labeling(name, { settings: { onSkip } })));

const vote: fc.Arbitrary<Builder> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('tie' as const, 'escalate' as const))
  .map(
    ([votes, onDisagreement]): Builder =>
      (name) =>
        single(name, consensus(name, votes, { onDisagreement })),
  );

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

const step = fc.oneof(label, reviewed, vote);

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
  .tuple(fc.array(fc.oneof(step, branches, choice), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([builders, lastReview]) => assembled(builders, lastReview));

/** Without side branches: each step begins when the one before it is done. */
export const randomChains: fc.Arbitrary<PipelineDefinition> = fc
  .tuple(fc.array(fc.oneof(step, choice), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([builders, lastReview]) => assembled(builders, lastReview));
