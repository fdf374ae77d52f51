// Where a cycle stands towards its checkpoints, when it is let through, and what the cycle that one starts runs.
import { describe, expect, test } from 'vitest';
import { checkPipeline } from '../../core/check-pipeline.js';
import { contextPlan, firstStandings, parseFired, standings } from '../../core/checkpoints.js';
import { openCycle } from '../../core/open.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import { compilePlan } from '../../core/plan.js';
import { openNodes } from '../../core/advance.js';
import { describe as describeState, taskStatus } from '../../core/view.js';
import {
  ann,
  aPipeline,
  aSubmission,
  aTask,
  bob,
  boss,
  checkpoint,
  consensus,
  dawn,
  day,
  edge,
  end,
  gate,
  gathered,
  labeling,
  review,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

const standing = (world: World) => standings(world.cycle)[0];

describe('A cycle on its way to a checkpoint', () => {
  test('stands as its batch assumes before it has begun', () => {
    const definition = gathered();

    expect(standings(new World(definition).cycle)).toEqual(firstStandings(compilePlan(definition)));
    expect(firstStandings(compilePlan(definition))).toEqual([
      { node: 'all', of: 'work', per: 'task', standing: 'coming' },
    ]);
  });

  test('is coming until it has arrived, and then in progress at that node', () => {
    const world = new World(gathered());
    world.labels(ann, 'work');
    expect(standing(world)).toMatchObject({ standing: 'coming' });
    world.judges(rita, 'qa', 'approve');

    expect(standing(world)).toMatchObject({ standing: 'arrived', submission: aSubmission('work by ann') });
    expect(standing(world)).not.toHaveProperty('assignee');
    expect(taskStatus(world.cycle)).toBe('in_progress');
    expect(openNodes(world.cycle)).toContain('all');
    expect(describeState(world.cycle)).toContain('**all** waits for the rest of batch `batch-1`');
  });

  test('is in the share of who has the work, and of who did it', () => {
    const world = new World(gathered('assignment'));
    const whose = (): string | undefined => standing(world)?.assignee;
    expect(whose()).toBeUndefined();
    world.does(ann, 'claim', 'work');
    expect(whose()).toBe('ann');
    world.does(ann, 'release', 'work');
    expect(whose()).toBeUndefined();
    world.labels(bob, 'work');
    expect(whose()).toBe('bob');
    world.judges(rita, 'qa', 'reject');
    expect(standing(world)).toEqual({ node: 'all', of: 'work', per: 'assignment', standing: 'coming' });
    world.passes(2 * day);
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');

    expect(standing(world)).toMatchObject({ standing: 'arrived', assignee: 'ann' });
  });

  test.each(['escalated', 'quarantined'] as const)('is still coming while it is %s', (status) => {
    const { nodes, edges } = gathered();
    const limits = { maxReviewFailures: 0, maxReReviews: status === 'escalated' ? 5 : 0 };
    const world = new World({
      name: 'limited',
      nodes: nodes.map((node) => (node.kind === 'review' ? { ...node, limits } : node)),
      edges,
    });
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'reject');

    expect(taskStatus(world.cycle)).toBe(status);
    expect(standing(world)).toMatchObject({ standing: 'coming' });
  });

  test('is gone when the task is discarded, also where it had arrived', () => {
    const world = new World(gathered());
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');
    world.does(boss, 'escalate', 'beside');
    world.does(boss, 'resolve', 'beside', { how: 'discard' });

    expect(standing(world)).toMatchObject({ standing: 'gone' });
  });

  test('is gone when another way is taken', () => {
    const world = new World(
      aPipeline(
        [
          labeling('work', { actions: ['on', 'by'] }),
          checkpoint('all', 'work'),
          labeling('merge'),
          labeling('other'),
          end(),
        ],
        ['start → work', 'work : on → all', 'work : by → other', 'all → merge', 'merge → end', 'other → end'],
      ),
    );
    world.labels(ann, 'work', { action: 'by' });

    expect(world.cycle.status).toBe('open');
    expect(standing(world)).toMatchObject({ standing: 'gone' });
  });

  test('is coming again when the cycle is restarted, and arrives anew', () => {
    const world = new World(gathered());
    const arrives = (): void => {
      world.labels(ann, 'work');
      world.judges(rita, 'qa', 'approve');
    };
    arrives();
    world.does(boss, 'escalate', 'beside');
    world.does(boss, 'resolve', 'beside', { how: 'restart' });
    expect(standing(world)).toMatchObject({ standing: 'coming' });
    arrives();

    expect(standing(world)).toMatchObject({ standing: 'arrived' });
    expect(world.instance('all').visit).toBe(2);
  });
});

describe('A cycle that is held', () => {
  const held = (edges?: string[]): World => {
    const world = new World(gathered('task', edges));
    world.labels(bob, 'beside');
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');
    return world;
  };

  test('ends complete when it is let go and no edge is its own', () => {
    const world = held();
    expect(world.cycle.status).toBe('open');
    world.fires('all');

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(world.instance('merge').status).toBe('na');
  });

  test('takes the edge of items when there is one', () => {
    const { nodes, edges } = gathered();
    const world = new World({
      name: 'goes on',
      nodes: [...nodes, labeling('more')],
      edges: [...edges, ...['all : item → more', 'more → end'].map(edge)],
    });
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');
    world.fires('all');

    expect(world.instance('more').status).toBe('available');
    expect(world.instance('merge').status).toBe('na');
  });

  test('is let go once, and remembers it when it comes again', () => {
    const world = new World(gathered());
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');
    world.fires('all');
    const mark = world.events.length;
    world.fires('all');
    expect(world.events.slice(mark).map(({ type }) => type)).toEqual(['checkpointFired']);
    world.does(boss, 'escalate', 'beside');
    world.does(boss, 'resolve', 'beside', { how: 'restart' });
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');

    expect(world.instance('all')).toMatchObject({ visit: 2, status: 'finished', outcome: 'item' });
    expect(standings(world.cycle)).toEqual([]);
  });

  test('goes through again when its work is reviewed behind the checkpoint and rejected', () => {
    const world = new World(
      aPipeline(
        [labeling('work'), checkpoint('all', 'work'), labeling('merge'), review('qa', 'work'), end()],
        ['start → work', 'work → all', 'all : item → qa', 'all → merge', 'merge → end', 'qa → end'],
      ),
    );
    world.labels(ann, 'work');
    world.fires('all');
    world.judges(rita, 'qa', 'reject');
    world.labels(ann, 'work');

    expect(world.instance('qa')).toMatchObject({ visit: 2, status: 'available' });
  });

  test('waits for nothing where the task is in no batch', () => {
    const { batchId: _, ...alone } = aTask();
    const { state } = openCycle(alone, compilePlan(gathered()), dawn);

    expect(standings(state)).toEqual([]);
  });

  test('goes through where nobody did the work that a share is made of', () => {
    const world = new World(
      aPipeline(
        [
          gate('which', [{ outcome: 'work', share: 0 }], 'pass'),
          labeling('work'),
          checkpoint('all', 'work', 'assignment'),
          labeling('merge'),
          end(),
        ],
        ['start → which', 'which : work → work', 'which : pass → all', 'work → all', 'all → merge', 'merge → end'],
      ),
    );

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });
});

test('The new cycle begins at the checkpoint, with what only it leads to', () => {
  const plan = contextPlan(compilePlan(gathered()), 'all');
  const { state } = openCycle(aTask('context'), plan, dawn);

  expect(plan.nodes.map(({ key, kind }) => `${key} ${kind}`)).toEqual(['all start', 'merge labeling', 'end end']);
  expect(plan.edges).toEqual([
    { from: 'all', to: 'merge' },
    { from: 'merge', to: 'end' },
  ]);
  expect(openNodes(state)).toEqual(['merge']);
});

describe('An edge from a task or assignment output', () => {
  const outputs = [{ name: 'All of it', type: 'assignment' as const }];
  const written = aPipeline(
    [labeling('work'), labeling('merge'), labeling('more'), end(), checkpoint('work-all-of-it', 'work', 'assignment')],
    [
      'start → work',
      'work-all-of-it : assignment → merge',
      'work-all-of-it : item → more',
      'merge → end',
      'more → end',
      'work → work-all-of-it',
    ],
  );
  const dotted: PipelineDefinition = {
    name: 'dotted',
    nodes: [...written.nodes.slice(0, -1)].map((node) => (node.key === 'work' ? { ...node, outputs } : node)),
    edges: [
      { from: 'start', to: 'work' },
      { from: 'work', output: 'All of it', to: 'merge' },
      ...['work → more', 'merge → end', 'more → end'].map(edge),
    ],
  };

  test('compiles to the plan of the same pipeline with a checkpoint as a node', () => {
    expect(checkPipeline(dotted)).toEqual([]);
    expect(compilePlan(dotted)).toEqual(compilePlan(written));
  });

  test('is refused where it is, not where it is written out', () => {
    const wrong = { ...dotted, edges: [...dotted.edges, { from: 'start', to: 'merge' }] };
    const nowhere = { ...dotted, edges: [...dotted.edges, { from: 'work', output: 'none', to: 'merge' }] };

    expect(checkPipeline(wrong).map(({ pointer }) => pointer)).toEqual(['/edges/5/to']);
    expect(checkPipeline(nowhere).map(({ pointer }) => pointer)).toContain('/edges/5/output');
  });
});

describe('A definition is refused', () => {
  const nodes = [labeling('work'), checkpoint('all', 'work'), labeling('merge'), end()];
  const edges = ['start → work', 'work → all', 'all → merge', 'merge → end'];
  const vote = [consensus('work', 2), checkpoint('all', 'work', 'assignment'), labeling('merge'), end()];
  const cases: [string, PipelineDefinition, string[]][] = [
    [
      'for nothing that runs once it is complete',
      aPipeline(nodes, ['start → work', 'work → all', 'all : item → merge', 'merge → end']),
      ['/nodes/2'],
    ],
    ['for another way to what the new cycle runs', aPipeline(nodes, [...edges, 'start → merge']), ['/edges/4/to']],
    ['for an outcome of the other kind', aPipeline(nodes, [...edges, 'all : assignment → end']), ['/edges/4/on']],
    [
      'for a node that is not there',
      aPipeline([labeling('work'), checkpoint('all', 'ghost'), labeling('merge'), end()], edges),
      ['/nodes/2/of'],
    ],
    [
      'for work that nobody does',
      aPipeline([labeling('work'), checkpoint('all', 'start'), labeling('merge'), end()], edges),
      ['/nodes/2/of'],
    ],
    [
      'for a node that comes later',
      aPipeline([labeling('work'), checkpoint('all', 'merge'), labeling('merge'), end()], edges),
      ['/nodes/2/of'],
    ],
    ['for shares of votes', aPipeline(vote, edges), ['/nodes/2/of']],
    [
      'for a review of what does not run in the new cycle',
      aPipeline([...nodes.slice(0, 2), review('merge', 'work'), end()], edges),
      ['/nodes/3/reviews'],
    ],
    [
      'for a checkpoint behind a checkpoint in the new cycle',
      aPipeline(
        [...nodes, checkpoint('again', 'merge'), labeling('last')],
        [...edges.slice(0, 3), 'merge → again', 'again → last', 'last → end'],
      ),
      ['/nodes/5'],
    ],
    [
      'for several nodes before it and none named',
      aPipeline(
        [
          labeling('work'),
          labeling('beside'),
          checkpoint('all', 'work', 'task', { of: undefined }),
          labeling('merge'),
          end(),
        ],
        [...edges, 'start → beside', 'beside → all'],
      ),
      ['/nodes/3'],
    ],
  ];

  test.each(cases)('%s', (_, definition, pointers) => {
    expect(checkPipeline(definition).map(({ pointer }) => pointer)).toEqual(pointers);
  });
});

test.each([undefined, 'all', {}, { node: 1 }, { node: 'x'.repeat(101) }])('%j is no word of a checkpoint', (body) => {
  expect(parseFired(body).ok).toBe(false);
});
