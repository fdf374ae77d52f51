// Moving an open cycle to another version: what it is at goes on, what can't is named, and nothing gets stuck.
import fc from 'fast-check';
import { describe, expect, it, test, vi } from 'vitest';
import { decideMigrate, obstructionOf, parseMigrate, readObstruction } from '../../core/migrate.js';
import type { PipelineDefinition, PipelineEdge, PipelineNode } from '../../core/pipeline.js';
import type { Plan } from '../../core/plan-node.js';
import { compilePlan } from '../../core/plan.js';
import { recordOf } from '../../core/record.js';
import { propertyRuns as runs, propertyTimeout } from '../support/property-runs.js';
import { finish, makeMove, randomMoves } from './random-crew.js';
import { randomPipelines } from './random-pipelines.js';
import { World } from './world.js';
import {
  ann,
  aPipeline,
  aPlan,
  bob,
  boss,
  code,
  consensus,
  edge,
  end,
  labeledAndReviewed,
  labeling,
  review,
  rita,
} from '../support/builders.js';

vi.setConfig({ testTimeout: propertyTimeout });

const two = 'version-2';
const move = (world: World, plan: Plan, versionId = two) =>
  decideMigrate(world.cycle, { id: 'move', actor: boss, versionId, plan }, world.now);

/** The cycle goes on by another definition; fails the test where it can't. */
function migrate(world: World, definition: PipelineDefinition, versionId = two): void {
  const decision = move(world, compilePlan(definition), versionId);
  if (!decision.ok) throw new Error(`refused: ${decision.rejection.detail ?? ''}`);
  for (const event of decision.value) world.hears(event);
}

const refusal = (world: World, definition: PipelineDefinition): string => {
  const decision = move(world, compilePlan(definition));
  return decision.ok ? 'ok' : (decision.rejection.detail ?? decision.rejection.code);
};

/** labeling → review → labeling → end, and what tests change of it. */
const steps = (nodes: PipelineNode[] = [], edges: string[] = ['qa : approve → check', 'check → end']) =>
  aPipeline(
    [labeling('annotate'), review('qa', 'annotate'), labeling('check'), end(), ...nodes],
    ['start → annotate', 'annotate : complete → qa', ...edges],
  );

const atReview = (): World => {
  const world = new World(steps());
  world.labels(ann, 'annotate');
  return world;
};

describe('a cycle that moves', () => {
  it('goes on in the new structure, from where it is', () => {
    const world = atReview();
    migrate(world, steps([labeling('polish')], ['qa : approve → polish', 'polish → check', 'check → end']));
    world.judges(rita, 'qa', 'approve');
    world.labels(bob, 'polish');
    world.labels(bob, 'check');

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete', task: { versionId: two } });
  });

  it('leaves what it will not come to any more', () => {
    const world = atReview();
    migrate(world, labeledAndReviewed());
    world.judges(rita, 'qa', 'approve');

    expect(world.cycle.status).toBe('finished');
  });

  it('keeps the version of what is held and done, and gives free work the new one', () => {
    const world = atReview();
    const before = world.cycle;
    migrate(world, steps());
    const versions = recordOf(before, world.cycle, [], [], { runId: 'r', sequence: 2, decidedAt: 0 }).rows;
    expect(versions.map(({ node, versionId }) => [node, versionId])).toEqual([
      ['annotate', 'version-1'],
      ['qa', undefined],
    ]);

    world.does(rita, 'claim', 'qa');
    migrate(world, steps(), 'version-3');
    expect(world.instance('qa').versionId).toBe(two);
    expect(world.instance('annotate').versionId).toBe('version-1');
  });

  it('lets a claim be handed in as if nothing had happened', () => {
    const world = new World(steps());
    world.does(ann, 'claim', 'annotate');
    const { leaseUntil, version } = world.instance('annotate');
    migrate(world, steps([], ['qa : approve → end', 'check → end', 'qa : discard → check']));

    expect(world.instance('annotate')).toMatchObject({ assignee: 'ann', leaseUntil, version });
    expect(world.codeOf(ann, 'submit', 'annotate', { expectedVersion: version })).toBe('ok');
  });

  it('hears its rework out, which ends in the version it began in', () => {
    const world = atReview();
    world.judges(rita, 'qa', 'reject');
    // Another order of edges: the child counts them as before.
    const { edges, ...rest } = steps();
    migrate(world, { ...rest, edges: [...edges].reverse() });
    migrate(
      world,
      steps([labeling('polish')], ['qa : approve → check', 'check → polish', 'polish → end']),
      'version-3',
    );
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'approve');

    expect(world.child.task.versionId).toBe('version-1');
    world.labels(bob, 'check');
    world.labels(bob, 'polish');
    expect(world.cycle.status).toBe('finished');
  });

  it('keeps how a rework is held, and its way back', () => {
    const limits = { maxReviewFailures: 0, maxReReviews: 4 };
    const world = new World(labeledAndReviewed({ limits }));
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'reject');
    const { edges, ...rest } = labeledAndReviewed({ limits });
    migrate(world, { ...rest, edges: [...edges].reverse() });
    world.does(boss, 'resolve', 'annotate', { how: 'return' });
    world.labels(ann, 'annotate');
    world.judges(rita, 'qa', 'approve');

    expect(world.cycle.status).toBe('finished');
  });

  it('that is there already stays as it is', () => {
    const world = atReview();

    expect(move(world, aPlan(), 'version-1')).toEqual({ ok: true, value: [] });
  });
});

describe('a cycle that cannot move says why', () => {
  const withoutQa = aPipeline(
    [labeling('annotate'), labeling('check'), end()],
    ['start → annotate', 'annotate → check', 'check → end'],
  );

  it.each<[string, () => World, PipelineDefinition, string]>([
    ['the node that it is at is gone', atReview, withoutQa, 'NODE_GONE qa'],
    [
      'it is of another kind',
      () => new World(steps()),
      aPipeline(
        [consensus('annotate', 2), labeling('check'), end()],
        ['start → annotate', 'annotate → check', 'check → end'],
      ),
      'KIND_CHANGED annotate',
    ],
    [
      'its review judges something else',
      () => {
        const world = new World(steps([labeling('other')], ['qa → other', 'other → check', 'check → end']));
        world.labels(ann, 'annotate');
        return world;
      },
      aPipeline(
        [labeling('annotate'), labeling('other'), review('qa', 'other'), labeling('check'), end()],
        ['start → annotate', 'annotate : complete → qa', 'other → qa', 'qa → check', 'check → end', 'start → other'],
      ),
      'REVIEWS_OTHER qa',
    ],
    [
      'a vote is counted in another way',
      () => new World(aPipeline([consensus('vote', 2), end()], ['start → vote', 'vote → end'])),
      aPipeline([consensus('vote', 3), end()], ['start → vote', 'vote → end']),
      'VOTE_CHANGED vote',
    ],
    [
      'whoever holds work was offered an action that is gone',
      () => {
        const world = new World(steps());
        world.does(ann, 'claim', 'annotate');
        return world;
      },
      aPipeline(
        [labeling('annotate', { actions: ['complete'] }), review('qa', 'annotate'), labeling('check'), end()],
        ['start → annotate', 'annotate → qa', 'qa → check', 'check → end'],
      ),
      'ACTION_GONE annotate',
    ],
    [
      '(it can) only a way that nobody took was added',
      atReview,
      steps([code('clean')], ['annotate : discard → clean', 'clean → check', 'qa : approve → check', 'check → end']),
      'ok',
    ],
    [
      'a way that it took leads elsewhere',
      atReview,
      {
        ...steps([code('clean')]),
        edges: [
          'start → annotate',
          'annotate : complete → clean',
          'clean → qa',
          'qa : approve → check',
          'check → end',
        ].map(edge),
      },
      'WAY_GONE annotate',
    ],
    [
      'what is done would have led to something else too',
      atReview,
      steps(
        [labeling('other')],
        ['annotate : complete → other', 'other → check', 'qa : approve → check', 'check → end'],
      ),
      'WAY_ADDED annotate',
    ],
    [
      'a branch from the start was added',
      atReview,
      steps([labeling('other')], ['start → other', 'other → check', 'qa : approve → check', 'check → end']),
      'WAY_ADDED start',
    ],
    [
      'what is reworked leads on in another way',
      () => {
        const world = atReview();
        world.judges(rita, 'qa', 'reject');
        return world;
      },
      labeledAndReviewed(),
      'WAY_GONE qa',
    ],
  ])('where %s', (_, world, definition, said) => {
    expect(refusal(world(), definition)).toBe(said);
  });

  it('where it has ended', () => {
    const world = atReview();
    world.judges(rita, 'qa', 'approve');
    world.labels(bob, 'check');

    expect(move(world, aPlan())).toMatchObject({ ok: false, rejection: { code: 'NODE_CLOSED' } });
  });

  it('where what it passed by could be come to after all', () => {
    const branches = (edges: string[]) =>
      aPipeline(
        [labeling('one', { actions: ['left', 'right'] }), labeling('left'), labeling('right'), labeling('last'), end()],
        ['start → one', 'one : left → left', 'one : right → right', 'left → last', 'last → end', ...edges],
      );
    const world = new World(branches(['right → end']));
    world.labels(ann, 'one', { action: 'left' });

    expect(refusal(world, branches(['right → end', 'last → right']))).toBe('WAY_ADDED right');
  });

  it('in words that can be read again', () => {
    expect(readObstruction('NODE_GONE qa')).toEqual({ reason: 'NODE_GONE', node: 'qa' });
    expect(readObstruction('no such thing')).toBeUndefined();
    expect(readObstruction(undefined)).toBeUndefined();
  });
});

describe('whatever people have done', () => {
  const shuffled = (definition: PipelineDefinition): PipelineDefinition => ({
    ...definition,
    nodes: [...definition.nodes].reverse(),
    edges: [...definition.edges].reverse(),
  });
  /** A labeling step put into an edge. */
  function widened(definition: PipelineDefinition, at: number): PipelineDefinition {
    const index = at % definition.edges.length;
    const into = definition.edges[index] as PipelineEdge;
    const edges = definition.edges.map((one, place) => (place === index ? { ...one, to: 'added' } : one));
    return {
      ...definition,
      nodes: [...definition.nodes, labeling('added')],
      edges: [...edges, { from: 'added', to: into.to }],
    };
  }

  test('a cycle moves to the same structure in another order, and comes to its end', () => {
    fc.assert(
      fc.property(randomPipelines, randomMoves, fc.nat(), (definition, moves, when) => {
        const world = new World(definition);
        moves.forEach((one, index) => {
          if (world.cycle.status === 'open' && index === when % moves.length) migrate(world, shuffled(definition));
          makeMove(world, one);
        });

        expect(finish(world)).toBe(true);
      }),
      runs,
    );
  });

  test('a cycle that may move to a structure with one more step, or one less, comes to its end there', () => {
    let moved = 0;
    fc.assert(
      fc.property(randomPipelines, randomMoves, fc.nat(), fc.boolean(), (definition, moves, at, grows) => {
        const wide = widened(definition, at);
        const world = new World(grows ? definition : wide);
        for (const one of moves.slice(0, at % moves.length)) makeMove(world, one);
        const next = grows ? wide : definition;
        if (world.cycle.status === 'open' && !obstructionOf(world.cycle, compilePlan(next))) {
          migrate(world, next);
          moved += 1;
        }
        for (const one of moves.slice(at % moves.length)) makeMove(world, one);

        expect(finish(world)).toBe(true);
        expect(JSON.parse(JSON.stringify(world.cycle))).toStrictEqual(world.cycle);
      }),
      runs,
    );

    expect(moved).toBeGreaterThan(runs.numRuns / 10);
  });
});

test('a message that is none is refused', () => {
  const good = { id: 'a', actor: { id: 'boss' }, versionId: two, plan: aPlan() };
  expect(parseMigrate(good)).toMatchObject({ ok: true });
  for (const bad of [
    null,
    'x',
    {},
    { ...good, plan: { nodes: [1] } },
    { ...good, actor: 'me' },
    { ...good, versionId: 7 },
  ]) {
    expect(parseMigrate(bad)).toMatchObject({ ok: false, rejection: { code: 'MALFORMED_COMMAND' } });
  }
});
