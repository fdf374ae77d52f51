// One suite that every kind of node passes. What a kind is excused from says why (node-kinds.ts).
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pipelineDefinition } from '../../api/contract/pipelines.js';
import { checkPipeline } from '../../core/check-pipeline.js';
import { evolve } from '../../core/evolve.js';
import type { PipelineDefinition, PipelineNode } from '../../core/pipeline.js';
import { nodeKinds } from '../../core/pipeline.js';
import { actionsOf, compilePlan } from '../../core/plan.js';
import { instanceRow } from '../../core/record.js';
import type { Instance } from '../../core/state.js';
import { isOpen } from '../../core/state.js';
import { waitingFor } from '../../core/view.js';
import { ann, bob, boss, edge, end, labeledOnce, labeling, start } from '../support/builders.js';
import { fencedBlocks, read, section } from '../docs/markdown.js';
import type { Row } from './node-kinds.js';
import { goesBack, ownOutcomes, rows } from './node-kinds.js';
import { World } from './world.js';

const wayOf = (outcome: string): string => `way-${outcome}`;

/** Edges from `it`, one for each outcome, to a node of its own. */
function ways(row: Row): { nodes: PipelineNode[]; edges: string[] } {
  if (row.node.kind === 'end') return { nodes: [], edges: [] };
  const outcomes = Object.keys(row.outcomes).filter((outcome) => !goesBack(row.node, outcome));
  return {
    nodes: [...outcomes.map((outcome) => labeling(wayOf(outcome))), ...(row.elsewhere?.nodes ?? [])],
    edges: [
      ...outcomes.flatMap((outcome) => [`it : ${outcome} → ${wayOf(outcome)}`, `${wayOf(outcome)} → end`]),
      ...(row.elsewhere?.edges ?? []),
    ],
  };
}

/** start → choose → work → it → a way for each outcome; beside it a branch that joins at `it` or goes past it. */
function scaffold(row: Row, beside: 'joins' | 'goes past'): PipelineDefinition {
  const { nodes, edges } = ways(row);
  return {
    name: row.node.kind,
    nodes: [
      start(),
      labeling('choose', { actions: ['on', 'by'] }),
      row.work ?? labeling('work'),
      labeling('beside'),
      row.node,
      ...nodes,
      end(),
    ],
    edges: [
      'start → choose',
      'start → beside',
      'choose : on → work',
      'choose : by → end',
      'work → it',
      beside === 'joins' ? 'beside → it' : 'beside → end',
      ...edges,
    ].map(edge),
  };
}

function come(row: Row, beside: 'joins' | 'goes past' = 'goes past'): World {
  const world = new World(scaffold(row, beside));
  reach(world, row);
  return world;
}

function reach(world: World, { works }: Row): void {
  world.labels(ann, 'choose', { action: 'on' });
  if (works) works(world);
  else world.labels(ann, 'work');
}

const it = (world: World): Instance => world.instance('it');
const openedIds = (world: World): string[] =>
  world
    .eventsOf('opened')
    .flatMap(({ opened }) =>
      opened.node === 'it' && opened.parent === undefined && opened.status !== 'deferred' ? [opened.id] : [],
    );

/** What a record says of any node. */
const columns = ((): string[] => {
  const { cycle } = new World(labeledOnce());
  return Object.values(cycle.instances).flatMap((instance) => Object.keys(instanceRow(cycle, instance)).sort());
})();

function isRecordedWhole(world: World): void {
  for (const stream of world.streams) {
    for (const instance of Object.values(stream.instances)) {
      const row = instanceRow(stream, instance);
      expect(Object.keys(row).sort(), instance.id).toEqual(columns);
      expect(JSON.parse(JSON.stringify(row)), instance.id).toStrictEqual(row);
    }
  }
}

const document = read('docs/pipelines.md');

test('has a row for every kind of node, and for no other', () => {
  expect(Object.keys(rows).sort()).toEqual([...nodeKinds].sort());
});

// Kinds without a row are told by the test above.
describe.each(nodeKinds.filter((kind) => Object.hasOwn(rows, kind)))('A node of kind %s', (kind) => {
  const row = rows[kind];

  test('is documented with an example that can be published, and whose plan is under 2 KB', () => {
    const [example] = fencedBlocks(section(document, kind), 'yaml');
    const definition = pipelineDefinition.parse(parse(example ?? ''));

    expect(definition.nodes.map((node) => node.kind)).toContain(kind);
    expect(checkPipeline(definition)).toEqual([]);
    expect(JSON.stringify(compilePlan(definition)).length).toBeLessThan(2_048);
  });

  test('compiles to a plan that is plain JSON', () => {
    const plan = compilePlan(scaffold(row, 'joins'));

    expect(plan.nodes.map((node) => node.kind)).toContain(kind);
    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
  });

  test('opens once in a visit, with the status that it begins with', (context) => {
    if (row.skips?.opens !== undefined) context.skip(row.skips.opens);
    const world = come(row);

    expect(it(world)).toMatchObject({ kind, visit: 1, status: row.opens });
    expect(openedIds(world)).toEqual([it(world).id]);
    isRecordedWhole(world);
  });

  test('is deferred until all that leads to it is decided', (context) => {
    if (row.skips?.defers !== undefined) context.skip(row.skips.defers);
    const world = come(row, 'joins');
    expect(it(world).status).toBe('deferred');
    isRecordedWhole(world);

    world.labels(bob, 'beside');

    expect(it(world)).toMatchObject({ visit: 1, status: row.opens });
    expect(openedIds(world)).toEqual([it(world).id]);
  });

  test('becomes na where no edge to it is taken, and so does what comes after it', (context) => {
    if (row.skips?.['passes on'] !== undefined) context.skip(row.skips['passes on']);
    const world = new World(scaffold(row, 'goes past'));
    world.labels(ann, 'choose', { action: 'by' });
    world.labels(bob, 'beside');

    expect(it(world).status).toBe('na');
    for (const { key } of ways(row).nodes) expect(world.instance(key).status).toBe('na');
    expect(world.eventsOf('executionStarted')).toEqual([]);
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
    isRecordedWhole(world);
  });

  test('waits for somebody or something with a name', (context) => {
    if (row.skips?.waits !== undefined) context.skip(row.skips.waits);
    const world = come(row);
    const waiting = waitingFor(world.cycle).filter(({ node }) => node === 'it');

    expect(new Set(waiting.map((one) => one.for))).toEqual(new Set([row.waitsFor]));
    for (const one of waiting) expect(one).toMatchObject({ kind, status: row.opens });
  });

  test('is held and let go again', (context) => {
    if (row.skips?.['is held'] !== undefined) context.skip(row.skips['is held']);
    const world = come(row);
    const id = `${it(world).id}${row.holdable ?? ''}`;

    world.does(boss, 'escalate', id);
    expect(world.instance(id).status).toBe('escalated');
    expect(waitingFor(world.cycle).find(({ instance }) => instance === id)).toMatchObject({ for: 'admin' });
    isRecordedWhole(world);
    world.does(boss, 'deescalate', id);

    expect(world.instance(id).status).toBe(row.opens);
    expect(world.instance(id)).not.toHaveProperty('hold');
  });

  test('is closed when the task is discarded, and takes nothing any more', (context) => {
    if (row.skips?.['is closed'] !== undefined) context.skip(row.skips['is closed']);
    const world = come(row);
    world.does(boss, 'escalate', 'beside');
    world.does(boss, 'resolve', 'beside', { how: 'discard' });

    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'discard' });
    expect(it(world)).toMatchObject({ status: 'finished', outcome: 'superseded' });
    expect(it(world)).not.toHaveProperty('execution');
    expect(Object.values(world.cycle.instances).filter(isOpen)).toEqual([]);
    expect(['NODE_CLOSED', 'CONSENSUS_CLOSED']).toContain(world.codeOf(ann, 'claim', it(world).id));
    isRecordedWhole(world);
  });

  test('is opened anew, as another visit, when the cycle is restarted', (context) => {
    if (row.skips?.['comes again'] !== undefined) context.skip(row.skips['comes again']);
    const world = come(row);
    world.does(boss, 'escalate', 'beside');
    world.does(boss, 'resolve', 'beside', { how: 'restart' });
    reach(world, row);

    expect(it(world)).toMatchObject({ visit: 2, status: row.opens });
    expect(openedIds(world)).toHaveLength(2);
  });

  test('has a row of all its outcomes', () => {
    const own = ownOutcomes.filter((outcome) => {
      const definition = scaffold({ ...row, outcomes: { [outcome]: () => undefined } }, 'goes past');
      return row.node.kind !== 'end' && !checkPipeline(definition).some(({ pointer }) => pointer.endsWith('/on'));
    });
    const all = row.node.kind === 'end' ? ['archive'] : [...actionsOf(row.node), ...own];

    expect(Object.keys(row.outcomes).sort()).toEqual(all.sort());
  });

  test('has a definition without problems', (context) => {
    if (row.skips?.opens !== undefined) context.skip(row.skips.opens);
    const definition = scaffold(row, 'joins');

    expect(pipelineDefinition.safeParse(definition).error).toBeUndefined();
    expect(checkPipeline(definition)).toEqual([]);
  });

  describe.each(Object.entries(row.outcomes))('that ends with %s', (outcome, drive) => {
    test('takes the edge of that outcome, and no other', () => {
      const world = come(row);
      drive(world);

      const ended = world.cycle.instances['task-1.1.it.1'];
      expect(ended).toMatchObject({ status: 'finished', outcome });
      expect(ended).not.toHaveProperty('assignee');
      if (goesBack(row.node, outcome)) {
        expect(world.instance('work')).toMatchObject({ visit: 2, status: 'available' });
        expect(ways(row).nodes.filter(({ key }) => world.cycle.current[key] !== undefined)).toEqual([]);
      } else {
        for (const { key } of ways(row).nodes) {
          expect(world.instance(key).status, key).toBe(key === wayOf(outcome) ? 'available' : 'na');
        }
      }
      isRecordedWhole(world);
    });

    test('folds to the same state from its events alone', () => {
      const world = come(row);
      const [before, mark] = [world.cycle, world.events.length];
      drive(world);

      const events = world.events.slice(mark).filter(({ stream }) => stream === world.cycle.workflowId);
      const { lastAt, answers } = world.cycle;
      expect({ ...events.reduce(evolve, before), lastAt, answers }).toEqual(world.cycle);
    });

    test('comes to the same, whenever the same is done', () => {
      const [one, other] = [come(row), come(row)];
      drive(one);
      drive(other);

      expect(one.streams).toEqual(other.streams);
      expect(JSON.parse(JSON.stringify(one.streams))).toStrictEqual(one.streams);
    });
  });
});
