import { describe, expect, test } from 'vitest';
import type { Problem } from '../../core/check-pipeline.js';
import { checkPipeline } from '../../core/check-pipeline.js';
import type { ConsensusNode, PipelineDefinition, PipelineNode } from '../../core/pipeline.js';
import {
  aPipeline,
  consensus,
  consensusReview,
  edge,
  end,
  labeledAndReviewed,
  labeledOnce,
  labeling,
  review,
  reviewedTwice,
  start,
  twoReviewedBranches,
  votedOn,
} from '../support/builders.js';

const pointers = (definition: PipelineDefinition): string[] => checkPipeline(definition).map(({ pointer }) => pointer);

/** The reviewed pipeline with another node in place of one of its own: 1 is the labeling node, 2 the review. */
function withNode(index: number, node: PipelineNode): PipelineDefinition {
  const definition = labeledAndReviewed();
  return { ...definition, nodes: definition.nodes.map((own, at) => (at === index ? node : own)) };
}

function withEdges(...edges: string[]): PipelineDefinition {
  return { ...labeledAndReviewed(), edges: edges.map(edge) };
}

describe('A good definition', () => {
  test.each([
    ['labeled', labeledOnce()],
    ['reviewed', labeledAndReviewed()],
    ['reviewed twice', reviewedTwice()],
    ['voted on', votedOn(3)],
    [
      'votes that are judged',
      aPipeline(
        [
          consensus('vote', 3, { overlap: { min: 3, max: 5, stopEarly: true }, onDisagreement: 'adjudicate' }),
          consensusReview('judge', 'vote', { only: 'disagreement' }),
          review('qa', 'vote'),
          end(),
        ],
        ['start → vote', 'vote → judge', 'judge → qa', 'qa → end'],
      ),
    ],
    ['two branches', twoReviewedBranches()],
    ['no work at all', aPipeline([end()], ['start → end'])],
    [
      'a recipe, settings and every way of routing',
      {
        ...aPipeline(
          [
            labeling('annotate', {
              form: undefined,
              recipe: 'boxes',
              settings: { lease: 'PT1H', retain: 'P2D', priority: 1 },
            }),
            consensus('vote', 3, { onDisagreement: 'tie', settings: { excludePerformersOf: ['annotate'] } }),
            review('qa', 'annotate', { limits: { maxReviewFailures: 1, maxReReviews: 2 } }),
            end(),
            end('shelf', 'archive'),
          ],
          [
            'start → annotate',
            'annotate → vote',
            'annotate : discard → shelf',
            'vote : complete → qa',
            'vote : tie → shelf',
            'qa → end',
          ],
        ),
        recipes: { boxes: { form: {}, instructions: 'Draw *boxes*.' } },
      },
    ],
  ])('(%s) has no problem', (_, definition) => {
    expect(checkPipeline(definition)).toEqual([]);
  });
});

const faults: [what: string, definition: PipelineDefinition, pointers: string[]][] = [
  ['a key used twice', aPipeline([labeling('a'), labeling('a'), end()], ['start → a', 'a → end']), ['/nodes/2/key']],
  ['no nodes', { name: 'empty', nodes: [], edges: [] }, ['/nodes', '/nodes']],
  [
    'two starts',
    {
      name: 'two',
      nodes: [start(), { ...start(), key: 'again' }, end()],
      edges: ['start → end', 'again → end'].map(edge),
    },
    ['/nodes'],
  ],
  [
    'an edge from a node that is not there',
    withEdges('start → annotate', 'annotate → qa', 'qa → end', 'ghost → end'),
    ['/edges/3/from'],
  ],
  [
    'an edge to a node that is not there',
    withEdges('start → annotate', 'annotate → qa', 'qa → end', 'annotate : discard → ghost'),
    ['/edges/3/to'],
  ],
  [
    'an outcome that the node does not have',
    withEdges('start → annotate', 'annotate → qa', 'annotate : skip → end', 'qa → end'),
    ['/edges/2/on'],
  ],
  [
    'an edge for reject',
    withEdges('start → annotate', 'annotate → qa', 'qa → end', 'qa : reject → annotate'),
    ['/edges/3/on', '/edges'],
  ],
  ['an outcome of the start', withEdges('start : go → annotate', 'annotate → qa', 'qa → end'), ['/edges/0/on']],
  ['a loop', withEdges('start → annotate', 'annotate → qa', 'qa → end', 'qa → annotate'), ['/edges']],
  [
    'a lease that is no duration',
    withNode(1, labeling('annotate', { settings: { lease: '30 minutes' } })),
    ['/nodes/1/settings/lease'],
  ],
  [
    'a retention of nothing',
    withNode(1, labeling('annotate', { settings: { retain: 'PT0S' } })),
    ['/nodes/1/settings/retain'],
  ],
  [
    'a lease beyond all dates',
    withNode(1, labeling('annotate', { settings: { lease: `P${'9'.repeat(12)}W` } })),
    ['/nodes/1/settings/lease'],
  ],
  [
    'performers of a node that is not there',
    withNode(1, labeling('annotate', { settings: { excludePerformersOf: ['ghost'] } })),
    ['/nodes/1/settings/excludePerformersOf/0'],
  ],
  [
    'a form and a recipe',
    { ...withNode(1, labeling('annotate', { recipe: 'r' })), recipes: { r: { form: {} } } },
    ['/nodes/1/recipe'],
  ],
  [
    'a recipe that is not there',
    withNode(1, labeling('annotate', { form: undefined, recipe: 'toString' })),
    ['/nodes/1/recipe'],
  ],
  ['neither form nor recipe', withNode(1, labeling('annotate', { form: undefined })), ['/nodes/1']],
  ['a review of nothing', withNode(2, review('qa', 'ghost')), ['/nodes/2/reviews']],
  ['a review of a review', withNode(2, review('qa', 'qa')), ['/nodes/2/reviews']],
  ['a way back to nothing', withNode(2, review('qa', 'annotate', { rejectTo: 'ghost' })), ['/nodes/2/rejectTo']],
  [
    'a review of what comes later',
    aPipeline([labeling('a'), review('qa', 'b'), labeling('b'), end()], ['start → a', 'a → qa', 'qa → b', 'b → end']),
    ['/nodes/2/reviews'],
  ],
  [
    'a review that cannot reject',
    withNode(2, review('qa', 'annotate', { actions: ['approve'] })),
    ['/nodes/2/actions'],
  ],
  [
    'a review that cannot approve',
    withNode(2, review('qa', 'annotate', { actions: ['reject'] })),
    ['/nodes/2/actions', '/edges/2/on'],
  ],
  [
    'an edge out of an end',
    withEdges('start → annotate', 'annotate → qa', 'qa → end', 'end → qa'),
    ['/edges', '/nodes/3'],
  ],
  [
    'an edge into the start',
    withEdges('start → annotate', 'annotate → qa', 'qa → end', 'qa → start'),
    ['/edges', '/nodes/0'],
  ],
  ['a node that nothing leads to', withEdges('start → qa', 'annotate → qa', 'qa → end'), ['/nodes/1']],
  [
    'a node that nothing leaves',
    withEdges('start → annotate', 'start → qa', 'qa → end'),
    ['/nodes/1', '/nodes/1', '/nodes/2/reviews'],
  ],
  [
    'an action that leads nowhere',
    aPipeline([labeling('a', { actions: ['yes', 'no'] }), end()], ['start → a', 'a : yes → end']),
    ['/nodes/1'],
  ],
  [
    'an action of a labeling node named reject that leads nowhere',
    aPipeline([labeling('a', { actions: ['complete', 'reject'] }), end()], ['start → a', 'a : complete → end']),
    ['/nodes/1'],
  ],
  [
    'a tie that leads nowhere',
    aPipeline([consensus('vote', 2, { onDisagreement: 'tie' }), end()], ['start → vote', 'vote : complete → end']),
    ['/nodes/1'],
  ],
];

const vote = (more: Partial<ConsensusNode>): PipelineDefinition => votedOn(3, more);
const policy = (more: Partial<ConsensusNode['policy']>): ConsensusNode['policy'] => ({
  kind: 'majority',
  fields: { label: 'exact' },
  ...more,
});
const judged = (reviews: string): PipelineDefinition =>
  aPipeline(
    [consensus('vote', 2), consensusReview('judge', reviews), consensus('later', 2), end()],
    ['start → vote', 'vote → judge', 'judge → later', 'later → end'],
  );

faults.push(
  ['fewer votes at most than at least', vote({ overlap: { min: 3, max: 2 } }), ['/nodes/1/overlap/max']],
  ['votes that are extended by nothing', vote({ onDisagreement: 'extend' }), ['/nodes/1/onDisagreement']],
  [
    'a disagreement that leads nowhere',
    aPipeline([consensus('v', 2, { onDisagreement: 'adjudicate' }), end()], ['start → v', 'v : complete → end']),
    ['/nodes/1'],
  ],
  [
    'a disagreement where there is none',
    aPipeline([consensus('v', 2), end()], ['start → v', 'v → end', 'v : disagreement → end']),
    ['/edges/2/on'],
  ],
  [
    'an action that is named like a disagreement',
    vote({ onDisagreement: 'adjudicate', actions: ['complete', 'disagreement'] }),
    ['/nodes/1/actions/1'],
  ],
  ['weights that nothing counts', vote({ policy: policy({ weights: { a: 1 } }) }), ['/nodes/1/policy/weights']],
  ['a weight that nothing counts', vote({ policy: policy({ defaultWeight: 1 }) }), ['/nodes/1/policy/defaultWeight']],
  ['no weights to count', vote({ policy: policy({ kind: 'weighted' }) }), ['/nodes/1/policy/weights']],
  [
    'weights of nothing',
    vote({ policy: policy({ kind: 'weighted', weights: { a: 0 }, defaultWeight: 0 }) }),
    ['/nodes/1/policy/weights'],
  ],
  [
    'too many weights',
    vote({
      policy: policy({
        kind: 'weighted',
        weights: Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`m${String(index)}`, 1])),
      }),
    }),
    ['/nodes/1/policy/weights'],
  ],
  ['no fields to decide on', vote({ policy: policy({ kind: 'fields', fields: {} }) }), ['/nodes/1/policy/fields']],
  ['a judge of nothing', judged('ghost'), ['/nodes/2/reviews']],
  ['a judge of what comes later', judged('later'), ['/nodes/2/reviews']],
  ['a judge of itself', judged('judge'), ['/nodes/2/reviews']],
);

describe('A definition with', () => {
  test.each(faults)('%s is told where', (_, definition, expected) => {
    expect(pointers(definition).sort()).toEqual([...expected].sort());
    expect(checkPipeline(definition).every(({ severity }) => severity === 'error')).toBe(true);
  });

  test('many faults is told all of them at once, each in words', () => {
    const definition = aPipeline(
      [labeling('a', { form: undefined, settings: { lease: 'soon' } }), review('qa', 'ghost')],
      ['start → a', 'a → nowhere'],
    );

    const problems = checkPipeline(definition);

    expect(problems).toEqual(
      expect.arrayContaining<Problem>([
        { pointer: '/nodes', message: 'a pipeline needs a node of kind "end"', severity: 'error' },
        { pointer: '/nodes/1', message: 'this node needs a form or a recipe', severity: 'error' },
        {
          pointer: '/nodes/1/settings/lease',
          message: '"soon" is no ISO 8601 duration such as PT30M or P1D',
          severity: 'error',
        },
        { pointer: '/nodes/2/reviews', message: 'there is no node "ghost"', severity: 'error' },
        { pointer: '/edges/1/to', message: 'there is no node "nowhere"', severity: 'error' },
      ]),
    );
  });
});

describe('Votes with settings that change nothing', () => {
  test.each<[string, Partial<ConsensusNode>, string]>([
    [
      'early stop of unanimous ones',
      { overlap: { min: 2, stopEarly: true }, policy: policy({ kind: 'unanimous' }) },
      'overlap/stopEarly',
    ],
    ['more unanimous ones', { overlap: { min: 2, max: 3 }, policy: policy({ kind: 'unanimous' }) }, 'overlap/max'],
    ['an early stop that never comes', { onEarlyStop: 'cancel' }, 'onEarlyStop'],
  ])('(%s) are a warning', (_, more, where) => {
    expect(checkPipeline(vote(more))).toMatchObject([{ pointer: `/nodes/1/${where}`, severity: 'warning' }]);
  });
});

describe('Limits that quarantine before they escalate', () => {
  test.each([
    [2, 2],
    [3, 1],
  ])('(%i failures, %i re-reviews) are a warning', (maxReviewFailures, maxReReviews) => {
    expect(checkPipeline(labeledAndReviewed({ limits: { maxReviewFailures, maxReReviews } }))).toEqual([
      {
        pointer: '/nodes/2/limits',
        message: 'maxReReviews is reached first, so this never escalates',
        severity: 'warning',
      },
    ]);
  });

  test('are seen where one of the two is the default', () => {
    expect(pointers(labeledAndReviewed({ limits: { maxReviewFailures: 4 } }))).toEqual(['/nodes/2/limits']);
    expect(pointers(labeledAndReviewed({ limits: { maxReReviews: 3 } }))).toEqual([]);
  });
});
