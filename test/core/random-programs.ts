// Parts of random pipelines at which programs work: models, code, gates, chains and external programs.
import fc from 'fast-check';
import type { PipelineNode } from '../../core/pipeline.js';
import { chain, code, external, gate, labeling, llm, modelAs, review } from '../support/builders.js';
import type { Builder, Part } from './random-parts.js';
import { single } from './random-parts.js';

/** What comes about by itself may have an edge: to a person. */
function withWayOut(part: Part, node: PipelineNode, outcome: string): Part {
  const key = `${node.key}out`;
  return {
    ...part,
    nodes: [...part.nodes, labeling(key)],
    edges: [...part.edges, `${node.key} : ${outcome} → ${key}`],
    exits: [...part.exits, key],
  };
}

const maybeOut = (node: PipelineNode, has: boolean): Part => {
  const part = single(node.key, node);
  return has ? withWayOut(part, node, 'failed') : part;
};

const certainty = fc.constantFrom(0, 0.5);

/** At a node of its own, or beside people. */
const model: fc.Arbitrary<Builder> = fc
  .record({
    as: fc.constantFrom('llm' as const, 'worker' as const, 'suggest' as const),
    onFailure: fc.constantFrom('people' as const, 'people' as const, 'fail' as const),
    edge: fc.boolean(),
    minConfidence: certainty,
  })
  .map(({ as, onFailure, edge, minConfidence }): Builder => (name) => {
    const node =
      as === 'llm'
        ? llm(name, { onFailure, model: { model: 'm', prompt: 'p', minConfidence } })
        : labeling(name, { settings: modelAs(as, minConfidence) });
    return maybeOut(node, edge);
  });

const called: fc.Arbitrary<Builder> = fc.tuple(fc.boolean(), fc.boolean()).map(
  ([isChain, edge]): Builder =>
    (name) =>
      maybeOut(isChain ? chain(name) : code(name), edge),
);

const answeredLater: fc.Arbitrary<Builder> = fc.boolean().map((timed): Builder => (name) => {
  const node = external(name, timed ? { timeout: 'PT5H' } : {});
  const part = single(name, node);
  return timed ? withWayOut(part, node, 'timeout') : part;
});

/** Whose work is reviewed. */
const workers = fc.constantFrom<((key: string) => PipelineNode)[]>(labeling, llm, external, code);
const reviewers = fc.constantFrom('people' as const, 'worker' as const, 'suggest' as const);
const limits = fc.record({ maxReviewFailures: fc.nat(2), maxReReviews: fc.nat(3) });

/** A program's work that is reviewed, or a program's review, with code between the two. */
const reviewedProgram: fc.Arbitrary<Builder> = fc
  .record({ worker: workers, between: fc.boolean(), reviewer: reviewers, limits, minConfidence: certainty })
  .map(({ worker, between, reviewer, limits: own, minConfidence }): Builder => (name) => {
    const [draft, mid, qa] = [`${name}w`, `${name}c`, `${name}qa`];
    const isCode = worker === code;
    const works = (isCode ? labeling : worker)(draft);
    const staff = reviewer === 'people' ? {} : { settings: modelAs(reviewer, minConfidence) };
    const hasCode = between || isCode;
    const judge = review(qa, isCode ? mid : draft, { limits: own, ...(isCode ? { rejectTo: draft } : {}), ...staff });
    return {
      nodes: [works, ...(hasCode ? [code(mid)] : []), judge],
      edges: hasCode ? [`${draft} → ${mid}`, `${mid} → ${qa}`] : [`${draft} → ${qa}`],
      entries: [draft],
      exits: [qa],
    };
  });

export const programStep: fc.Arbitrary<Builder> = fc.oneof(model, called, answeredLater, reviewedProgram);

const branch = fc.constantFrom('when' as const, 'share' as const, 'performedBy' as const);

/** Somebody works, then a gate or code decides which of two steps comes. */
export const decidedBy = (step: fc.Arbitrary<Builder>): fc.Arbitrary<Builder> =>
  fc
    .record({ left: step, right: step, branches: fc.array(branch, { maxLength: 2 }), edge: fc.boolean() })
    .map(({ left, right, branches, edge }): Builder => (name) => {
      const [before, l, r] = [`${name}p`, left(`${name}l`), right(`${name}r`)];
      const conditions = {
        when: { outcome: 'left', when: 'data.urgent' },
        share: { outcome: 'left', share: 0.4 },
        performedBy: { outcome: 'left', performedBy: { node: before, members: ['ann', 'cat'] } },
      };
      const chooser =
        branches.length === 0
          ? code(name, { pathways: ['left', 'right'] })
          : gate(
              name,
              branches.map((kind) => conditions[kind]),
              'right',
            );
      const asks = branches.length === 0 || branches.includes('when');
      const part: Part = {
        nodes: [labeling(before), chooser, ...l.nodes, ...r.nodes],
        edges: [
          `${before} → ${name}`,
          ...l.entries.map((entry) => `${name} : left → ${entry}`),
          ...r.entries.map((entry) => `${name} : right → ${entry}`),
          ...l.edges,
          ...r.edges,
        ],
        entries: [before],
        exits: [...l.exits, ...r.exits],
      };
      return asks && edge ? withWayOut(part, chooser, 'failed') : part;
    });
